# SPDX-License-Identifier: GPL-3.0-or-later
import pytest

from ftpvm.host.folders import matte_folder, portable_name


@pytest.mark.parametrize(
    ("name", "portable"),
    [
        ("plate v2", "plate v2"),
        ("日本語 çà", "日本語 çà"),
        ('a<b>c:d"e/f\\g|h?i*j', "a_b_c_d_e_f_g_h_i_j"),
        ("shot.####", "shot.____"),
        ("line\nbreak", "line_break"),
        ("trailing. . ", "trailing"),
        (".hidden", "hidden"),
        ("..", "shot"),
        ("", "shot"),
        ("CON", "_CON"),
        ("nul.tar", "_nul.tar"),
        ("console", "console"),
        ("e\u0301", "\u00e9"),
        ("\ud800", "_"),
    ],
)
def test_names(name, portable):
    assert portable_name(name) == portable


@pytest.mark.parametrize("letter", ["a", "é", "語", "🎬"])
def test_long_names_are_cut_between_letters(letter, tmp_path):
    name = portable_name(letter * 300)
    assert set(name) == {letter} and 90 < len(name.encode()) <= 100
    (tmp_path / f"{name}_matte.000001.png").touch()


def test_two_shots_of_one_name_have_two_folders(tmp_path):
    one, other = (matte_folder(str(tmp_path), "plate", uid) for uid in ("0123456789ab", "ba9876543210"))
    assert one == str(tmp_path / "plate_01234567")
    assert other != one
