# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of `ftpvm evaluate`: what stands beside what, and that it stands alone."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import evaluation_sets as sets
import pytest
from evaluation_sets import Evaluate, rows

from ftpvm.evaluation import METRICS, REGIONS
from ftpvm.evaluation.published import PUBLISHED
from ftpvm.evaluation.report import write_report
from ftpvm.evaluation.results import Evaluated
from ftpvm.evaluation.scoring import ClipScores


def test_earlier_results_stand_beside_new_ones(tmp_path: Path, evaluate: Evaluate) -> None:
    root = sets.folder(tmp_path / "data", ("ball", "box"), frames=2)
    assert evaluate("folder", root, "--out", tmp_path / "old", "--clips", "box", "--disable-video").code == 0
    old = tmp_path / "old" / "folder_native"
    words = ("folder", root, "--out", tmp_path / "new", "--memory-freq", 1, "--disable-video", "--against", old)
    result = evaluate(*words)
    assert result.code == 0 and "memory_freq is 1 here and 0 there" in result.err
    (table,) = (tmp_path / "new" / "folder_native").glob("*_against_*.csv")
    assert [row["clip"] for row in rows(table)] == ["box", "all clips"]
    report = (tmp_path / "new" / "folder_native" / "report.html").read_text()
    assert "No fair comparison" in report and str(old) in report
    assert "holds no results" in evaluate(*words[:-1], root).err
    other = sets.folder(tmp_path / "other", ("tree",), frames=1)
    result = evaluate("folder", other, "--out", tmp_path / "else", "--disable-video", "--against", old)
    assert result.code == 0 and "no clip in common" in result.err
    assert (tmp_path / "else" / "folder_native" / "report.html").is_file()


def test_results_of_one_name_keep_their_own_numbers(tmp_path: Path) -> None:
    def result(mad: float) -> Evaluated:
        scores = dict.fromkeys(REGIONS, dict.fromkeys(METRICS, mad))
        return Evaluated("tiny", AS_PUBLISHED, [ClipScores("rope", {0: scores}, None)])

    page = write_report(tmp_path, [result(11.25)], [result(33.75)]).read_text()
    words = Page(page).words
    assert words.index("11.25") < words.index("33.75")
    assert page.count('class="elsewhere"') == len(PUBLISHED)  # this is one clip of 28


AS_PUBLISHED = {"set": "vm108", "size": "1024", "trimap_width": 25, "memory_freq": 0, "downsample_ratio": 1.0}


@pytest.mark.parametrize(
    ("settings", "clips", "alike"),
    [
        ({}, 28, 2), ({"size": "1024x576"}, 28, 2), ({}, 27, 0), ({"size": "hd"}, 28, 0), ({"trimap_width": 9}, 28, 0),
        ({"downsample_ratio": 0.5}, 28, 0), ({"memory_freq": 30}, 28, 0), ({"set": "vm240k", "size": "hd"}, 5, 0),
    ],
)  # fmt: skip
def test_published_figures_are_beside_what_was_measured_alike(
    settings: dict[str, object], clips: int, alike: int
) -> None:
    assert sum(figures.are_like(AS_PUBLISHED | settings, clips) for figures in PUBLISHED) == alike


class Page(HTMLParser):
    """What a page shows and what it would load."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.loaded: list[str] = []
        self.tags: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loaded += [value or "" for name, value in attrs if name in ("src", "href", "xlink:href")]

    def handle_data(self, data: str) -> None:
        self.words.append(data.strip())


def test_the_report_stands_alone(tmp_path: Path, evaluate: Evaluate, model: str) -> None:
    root = sets.folder(tmp_path / "data", ("ball", "<b>& box"), frames=3)
    assert evaluate("folder", root, "--out", tmp_path, "--disable-video").code == 0
    page = Page((tmp_path / "folder_native" / "report.html").read_text())
    assert all(re.match("data:image/jpeg;base64,|#", source) for source in page.loaded)
    assert page.tags.count("svg") == 2 and page.tags.count("img") == 2 and "b" not in page.tags
    assert "<b>& box" in page.words
    assert {"20.74", "6.13", "6.57", "MatAnyone, table 1"} <= set(page.words)
    mean = json.loads((tmp_path / "folder_native" / model / "results.json").read_text())["means"]["clip-wise"]
    assert f"{mean['whole']['mad']:.2f}" in page.words and f"{mean['unknown']['dtssd']:.2f}" in page.words
