# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs inside a host: the worker's client. Standard library only, Python 3.9, nothing else of ftpvm."""
