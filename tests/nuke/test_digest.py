# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether what lies upstream of the plate has changed."""

import os

from ftpvm_nuke.digest import digest

GRADE = ("Grade", "multiply 2\nxpos 100\nypos 20\nname Grade1")


def test_moving_and_renaming_a_node_changes_nothing():
    assert digest([GRADE], []) == digest([("Grade", "multiply 2\nxpos -7\nypos 900\nname Warmer\nlabel hi")], [])


def test_what_a_node_of_ours_says_of_itself_changes_nothing():
    nodes = [[("Group", f"has_matte true\nstatus {words}\nftpvm_uid {words}")] for words in ("Done.", "Stopped.")]
    assert digest(nodes[0], []) == digest(nodes[1], [])
    assert digest(nodes[0], []) != digest([("Group", "has_matte false\nstatus Done.")], [])


def test_values_kinds_and_order_count():
    others = (
        [("Grade", "multiply 3")],
        [("Blur", "multiply 2")],
        [GRADE, GRADE],
        [("Grade", "multiply 2"), ("Blur", "")],
    )
    assert len({digest([GRADE], []), *(digest(nodes, []) for nodes in others)}) == 5


def test_the_files_of_a_sequence_count(tmp_path):
    for number in (1, 2):
        (tmp_path / f"plate.{number:04d}.exr").write_bytes(b"old")
    before = digest([GRADE], [str(tmp_path / "plate.0001.exr")])
    assert before == digest([GRADE], [str(tmp_path / "plate.0001.exr")])
    (tmp_path / "notes.txt").write_text("another file")
    assert before == digest([GRADE], [str(tmp_path / "plate.0001.exr")])
    os.utime(tmp_path / "plate.0002.exr", ns=(1, 1))
    assert before != digest([GRADE], [str(tmp_path / "plate.0001.exr")])


def test_files_that_are_gone_are_no_error(tmp_path):
    assert digest([], [str(tmp_path / "gone" / "plate.0001.exr")])
