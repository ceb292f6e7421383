# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m ftpvm.worker`, started by a host."""

from ftpvm.worker.server import serve

if __name__ == "__main__":
    serve()
