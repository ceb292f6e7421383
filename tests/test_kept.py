# SPDX-License-Identifier: GPL-3.0-or-later
import weakref
from collections.abc import Callable
from pathlib import Path

from ftpvm.kept import Kept, file_stamp


def test_what_was_used_last_is_kept_until_it_changes() -> None:
    kept: Kept[str] = Kept(2)
    made: list[str] = []

    def make(name: str) -> Callable[[], str]:
        return lambda: made.append(name) or name

    for name, stamp in (("a", 1), ("b", 1), ("a", 1), ("c", 1), ("a", 1), ("b", 1), ("b", 2), ("b", 2)):
        assert kept(name, make(name), stamp) == name
    assert made == ["a", "b", "c", "b", "b"] and len(kept) == 2
    kept.clear()
    assert len(kept) == 0 and kept("b", make("b"), 2) == "b" and made[-1] == "b" and len(made) == 6


def test_what_is_stale_is_let_go_before_the_next_is_made() -> None:
    class Network:
        pass

    kept = Kept[Network](1)
    gone = weakref.ref(kept("a", Network, 1))

    def make() -> Network:
        assert gone() is None
        return Network()

    kept("a", make, 2)


def test_a_list_as_long_as_what_is_kept_makes_only_what_changed() -> None:
    kept, made = Kept[int](5), []
    for corrected in (None, 0, 2, 4):
        made.clear()
        for number in range(5):
            kept(number, lambda number=number: made.append(number) or number, stamp=number == corrected)  # type: ignore[misc]
    assert made == [2, 4]  # 2 went back to what it was


def test_a_file_that_changes_has_another_stamp(tmp_path: Path) -> None:
    file = tmp_path / "f"
    assert file_stamp(file) is None
    file.write_bytes(b"1")
    before = file_stamp(file)
    file.write_bytes(b"12")
    assert before != file_stamp(file) is not None
