# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures in and out of files. Knows no network."""

from ftpvm.media.source import Source, open_source

__all__ = ["Source", "open_source"]
