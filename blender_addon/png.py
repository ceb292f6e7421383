# SPDX-License-Identifier: GPL-3.0-or-later
"""Grey PNG files, written without Blender's colour management."""

import struct
import zlib
from pathlib import Path


def write_grey(path: Path, size: tuple[int, int], rows: bytes) -> None:
    """Write an 8-bit grey PNG of `size` (width, height) from rows given bottom up, as Blender keeps its pixels."""
    width, height = size
    lines = b"".join(b"\0" + rows[y * width : (y + 1) * width] for y in reversed(range(height)))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines, 1)), (b"IEND", b""))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
