# SPDX-License-Identifier: GPL-3.0-or-later
"""The process that does a host's matting and stays warm between jobs: `python -m ftpvm.worker`.

It speaks JSON lines over its stdin and stdout (docs/worker-protocol.md) and never opens a socket.
"""
