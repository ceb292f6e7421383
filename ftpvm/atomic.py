# SPDX-License-Identifier: GPL-3.0-or-later
"""Files appear whole or not at all: written under a temporary name in the same folder, then renamed."""

import errno
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ftpvm.errors import DiskFullError, OutputError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_MARK = ".ftpvm-partial-"
_OPEN_ELSEWHERE = 1.0  # seconds to wait for others to close a file
_ABANDONED_AFTER = 3600.0  # seconds without a write: no living writer is that slow


def temporary_beside(path: Path) -> Path:
    """A fresh temporary name in `path`'s folder, which is created. OutputError or DiskFullError if it can't be.

    The name starts with a dot, so that no sequence pattern matches it, and keeps the suffix, by which image libraries
    choose the format. Whoever asks for it renames or removes it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise output_error(path, error) from error
    return path.with_name(f".{path.stem}{_MARK}{uuid.uuid4().hex[:8]}{path.suffix}")


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; when the block ends well it is renamed to `path`, otherwise it is removed.

    An `OSError` in the block or here becomes DiskFullError or OutputError; any other exception passes unchanged.
    """
    temporary = temporary_beside(path)
    try:
        yield temporary
        _replace(path, temporary)
    except OSError as error:
        raise output_error(path, error) from error
    finally:
        remove(temporary)


def _replace(path: Path, temporary: Path) -> None:
    """Windows refuses while anyone has `path` open: a host that is just showing it, a virus scanner."""
    until = time.monotonic() + (_OPEN_ELSEWHERE if sys.platform == "win32" else 0)
    while True:
        try:
            temporary.replace(path)
            return
        except PermissionError:
            if time.monotonic() >= until:
                raise
            time.sleep(0.05)


def output_error(path: Path, error: OSError) -> OutputError:
    """The typed error, with what to do, for an `OSError` that stopped `path` from being written."""
    if error.errno in _FULL:
        return DiskFullError(f"The disk is full, so {path} was not written: free some space and run it again.")
    if error.errno in _FORBIDDEN:
        return OutputError(
            f"{path.parent} can't be written to: choose another output folder or change its permissions."
        )
    if isinstance(error, (FileExistsError, NotADirectoryError)):
        return OutputError(
            f"{path.parent} can't be a folder because a file is in the way: choose another output folder."
        )
    if isinstance(error, IsADirectoryError):
        return OutputError(f"{path} is a folder: choose another name for the output file.")
    return OutputError(f"{path} can't be written ({error.strerror or error}): check the output folder.")


def why_writing_failed(path: Path, size: int) -> OSError | None:
    """Ask the system why a library that reports no errno couldn't write `size` bytes to `path`; None if now it can."""
    probe = temporary_beside(path)
    try:
        probe.write_bytes(bytes(size))
    except OSError as error:
        return error
    finally:
        remove(probe)
    return None


def remove(temporary: Path) -> None:
    """Delete a temporary file that may be gone already."""
    with suppress(OSError):
        temporary.unlink(missing_ok=True)


def remove_leftovers(folder: Path) -> int:
    """Delete the temporary files that killed runs left in `folder` (untouched for an hour); return how many."""
    removed = 0
    for leftover in folder.glob(f".*{_MARK}*"):
        with suppress(OSError):
            if time.time() - leftover.stat().st_mtime > _ABANDONED_AFTER:
                leftover.unlink()
                removed += 1
    return removed
