# SPDX-License-Identifier: GPL-3.0-or-later
"""Files appear whole or not at all, and every refusal says what to do."""

import errno
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ftpvm.atomic import atomic_path, output_error, remove_leftovers
from ftpvm.errors import DiskFullError, OutputError

NOBODY = 65534


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_file_gets_its_name_only_at_the_end(tmp_path: Path) -> None:
    target = tmp_path / "neu er Ordner" / "mätte 01.png"
    with atomic_path(target) as temporary:
        temporary.write_bytes(b"new")
        assert not target.exists()
        assert temporary.parent == target.parent
        assert temporary.suffix == ".png"
        assert temporary.name.startswith(".")
    assert target.read_bytes() == b"new"
    assert names(target.parent) == ["mätte 01.png"]


def test_a_failure_keeps_the_old_file_and_leaves_nothing(tmp_path: Path) -> None:
    target = tmp_path / "matte.png"
    target.write_bytes(b"old")
    with pytest.raises(KeyError), atomic_path(target) as temporary:
        temporary.write_bytes(b"half")
        raise KeyError
    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["matte.png"]


def test_a_full_device_is_a_disk_full_error(tmp_path: Path) -> None:
    with pytest.raises(DiskFullError, match="free some space"), atomic_path(tmp_path / "matte.png"):
        Path("/dev/full").write_bytes(b"anything")
    assert names(tmp_path) == []


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"")
    with pytest.raises(OutputError, match="choose another output folder"), atomic_path(tmp_path / "out" / "matte.png"):
        raise AssertionError("never entered")


def test_a_folder_in_place_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "matte.png").mkdir()
    with pytest.raises(OutputError, match="choose another name"), atomic_path(tmp_path / "matte.png") as temporary:
        temporary.write_bytes(b"new")
    assert names(tmp_path) == ["matte.png"]


def test_an_unwritable_folder(tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o555)
    user = os.geteuid()
    try:
        if user == 0:  # root may write anywhere, so be nobody for a moment
            os.seteuid(NOBODY)
        with (
            pytest.raises(OutputError, match=r"can't be written to.*permissions"),
            atomic_path(folder / "a.png") as path,
        ):
            path.write_bytes(b"new")
    finally:
        os.seteuid(user)
    assert names(folder) == []


def test_on_windows_it_waits_until_others_have_closed_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refusals = [PermissionError(errno.EACCES, "Access is denied")] * 3

    def replace(temporary: Path, path: Path, replace: Callable[[Path, Path], Path] = Path.replace) -> Path:
        if refusals:
            raise refusals.pop()
        return replace(temporary, path)

    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(Path, "replace", replace)
    with atomic_path(tmp_path / "matte.png") as temporary:
        temporary.write_bytes(b"new")
    assert names(tmp_path) == ["matte.png"]


def test_a_file_size_limit_reads_as_a_full_disk() -> None:
    assert output_error(Path("a.png"), OSError(27, "File too large")).code == "disk_full"
    assert output_error(Path("a.png"), OSError(5, "Input/output error")).code == "output"


def test_only_abandoned_leftovers_are_removed(tmp_path: Path) -> None:
    (tmp_path / "matte.0000.png").write_bytes(b"done")
    with atomic_path(tmp_path / "matte.0001.png") as old, atomic_path(tmp_path / "matte.0002.png") as fresh:
        for path in (old, fresh, tmp_path / "matte.0000.png"):
            path.write_bytes(b"half")
        long_ago = time.time() - 7200
        os.utime(old, (long_ago, long_ago))
        os.utime(tmp_path / "matte.0000.png", (long_ago, long_ago))
        assert remove_leftovers(tmp_path) == 1
        assert not old.exists() and fresh.exists()
        old.write_bytes(b"again")
    assert names(tmp_path) == ["matte.0000.png", "matte.0001.png", "matte.0002.png"]
