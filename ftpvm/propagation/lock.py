# SPDX-License-Identifier: GPL-3.0-or-later
"""One run at a time may write the mattes of one name in one folder."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ftpvm.atomic import output_error
from ftpvm.errors import OutputError


@contextmanager
def only_writer(folder: Path, name: str) -> Iterator[None]:
    """Hold a lock file in `folder`, which is created. The system frees it when its holder dies, however it dies.

    Raises:
        OutputError: another run holds it, or the folder can't be written to.
    """
    path = folder / f".{name}.ftpvm.lock"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = _locked(path)
    except BlockingIOError:
        raise OutputError(
            f"Another run is writing mattes named {name} in {folder}: wait for it, or choose another folder or name."
        ) from None
    except OSError as error:
        raise output_error(path, error) from error
    try:
        yield
    finally:
        _free(held, path)


def _locked(path: Path) -> int:
    """A file descriptor that holds the lock. Raises BlockingIOError where another has it."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _lock(descriptor)
            with suppress(FileNotFoundError):  # its last holder removed it between our two calls
                if os.path.samestat(os.fstat(descriptor), path.stat()):
                    return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            raise BlockingIOError from error

    def _free(descriptor: int, path: Path) -> None:
        os.close(descriptor)  # an open file can't be removed
        with suppress(OSError):
            path.unlink()

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise
        except OSError:
            return  # a file system without locks

    def _free(descriptor: int, path: Path) -> None:
        with suppress(OSError):
            path.unlink()
        os.close(descriptor)
