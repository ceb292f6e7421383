# SPDX-License-Identifier: GPL-3.0-or-later
"""Data sets that are missing or broken: one sentence that says what was expected and what was found."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tiny_datasets

from ftpvm.errors import DatasetError, SettingsError
from ftpvm.training.datasets import image_matting, segmentation, video_matting

OPENERS: dict[str, Callable[[Path], Any]] = {
    "image": lambda root: image_matting(root, size=32, frames=2, use_background_dataset=True),
    "video": lambda root: video_matting(root, size=32, frames=2),
    "segmentation": lambda root: segmentation(root, size=32, frames=2, ytvos=True),
}


def use(opener: str, root: Path) -> None:
    """Open a data set and read enough of it to meet every file."""
    clips = OPENERS[opener](root)
    for index in range(3 * len(clips)):
        _ = clips[index]


@pytest.fixture
def own(root: Path, tmp_path: Path) -> Path:
    """A data root of the test's own."""
    return Path(shutil.copytree(root, tmp_path / "data"))


@pytest.mark.parametrize(
    ("opener", "lost", "name", "found"),
    [
        ("image", "Distinctions646", "Distinctions646", "FG doesn't exist"),
        ("image", "Distinctions646/Train/GT", "Distinctions646", "GT doesn't exist"),
        ("image", "Distinctions646/Train/GT/ball_1.png", "Distinctions646", "FG/ball_1.png has no matte in GT"),
        ("image", "BG20k/BG-20k", "BG-20k", "train doesn't exist"),
        ("image", "VideoMatting108", "VideoMatting108", "train_videos.txt doesn't exist"),
        ("video", "VideoMatting108/frame_corr.json", "VideoMatting108", "frame_corr.json doesn't exist"),
        ("video", "VideoMatting108/FG_done/clip1", "VideoMatting108", "clip1 doesn't exist"),
        ("video", "VideoMatting108/FG_done/clip1/00003.png", "VideoMatting108", "FG_done/clip1/00003.png"),
        ("video", "VideoMatting108/BG_done/street0/0002.jpg", "VideoMatting108", "BG_done/street0/0002.jpg"),
        ("segmentation", "YoutubeVIS", "YouTubeVIS", "instances.json doesn't exist"),
        ("segmentation", "YoutubeVIS/train/JPEGImages/video1/00005.jpg", "YouTubeVIS", "JPEGImages/video1/00005.jpg"),
        ("segmentation", "YoutubeVOS/train/Annotations", "YouTubeVOS", "Annotations doesn't exist"),
        ("segmentation", "YoutubeVOS/train/JPEGImages/shot1/00005.jpg", "YouTubeVOS", "shot1 lacks 00005.jpg"),
    ],
)  # fmt: skip
def test_what_is_missing_is_named_when_the_set_is_opened(
    own: Path, opener: str, lost: str, name: str, found: str
) -> None:
    path = own / lost
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises(DatasetError) as error:
        OPENERS[opener](own)
    sentence = str(error.value)
    assert sentence.startswith(f"{name} should be ") and found in sentence and str(own) in sentence
    assert sentence.endswith("check the data root, or unpack the data set again.")


@pytest.mark.parametrize(
    ("opener", "folder", "found"),
    [
        ("image", "Distinctions646/Train/FG", "no .png/.jpg/.jpeg files"),
        ("image", "BG20k/BG-20k/train", "no .png/.jpg/.jpeg files"),
        ("segmentation", "YoutubeVOS/train/Annotations", "no folders"),
    ],
)
def test_empty_folders_are_named(own: Path, opener: str, folder: str, found: str) -> None:
    shutil.rmtree(own / folder)
    (own / folder).mkdir()
    with pytest.raises(DatasetError, match=f"there are {found} in .*{folder}"):
        OPENERS[opener](own)


@pytest.mark.parametrize(
    ("opener", "file", "content", "found"),
    [
        ("video", "VideoMatting108/frame_corr.json", '{"clip0/00000.png": ', "frame_corr.json is broken JSON"),
        ("video", "VideoMatting108/frame_corr.json", "[]", "holds a list where a JSON object is expected"),
        ("video", "VideoMatting108/frame_corr.json", "{}", "has no frame of clip0"),
        ("video", "VideoMatting108/frame_corr.json", '{"clip0/00000.png": 3}', "pairs clip0/00000.png with 3"),
        ("video", "VideoMatting108/train_videos.txt", "clip0\nclip77\n", "no frame of clip77"),
        ("video", "VideoMatting108/train_videos.txt", "\n", "train_videos.txt names no clip"),
        ("segmentation", "YoutubeVIS/train/instances.json", "not JSON", "instances.json is broken JSON"),
        ("segmentation", "YoutubeVIS/train/instances.json", '{"videos": []}', "lacks or misuses 'annotations'"),
        ("segmentation", "YoutubeVIS/train/instances.json", '{"videos": [], "annotations": []}', "annotates no video"),
        ("image", "Distinctions646/Train/FG/ball_0.png", "no picture", "ball_0.png can't be decoded as a picture"),
        ("video", "VideoMatting108/FG_done/clip0/00001.png", "", "00001.png can't be decoded as a picture"),
    ],
)
def test_broken_content_is_named(own: Path, opener: str, file: str, content: str, found: str) -> None:
    (own / file).write_text(content)
    with pytest.raises(DatasetError) as error:
        use(opener, own)
    assert found in str(error.value)


def drop_a_run(annotation: dict[str, Any]) -> None:
    for runs in annotation["segmentations"]:
        runs["counts"].pop()


def drop_a_mask(annotation: dict[str, Any]) -> None:
    annotation["segmentations"].pop()


def compress(annotation: dict[str, Any]) -> None:
    for runs in annotation["segmentations"]:
        runs["counts"] = "PSj10kd"


def lose_the_video(annotation: dict[str, Any]) -> None:
    annotation["video_id"] = 404


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        (drop_a_run, "a mask of video1 has runs of"),
        (drop_a_mask, "more or fewer masks than frames in video1"),
        (compress, "holds compressed masks"),
        (lose_the_video, "lacks or misuses 404"),
    ],
)
def test_damaged_annotations_are_named(own: Path, damage: Callable[[dict[str, Any]], None], found: str) -> None:
    path = own / "YoutubeVIS" / "train" / "instances.json"
    content = json.loads(path.read_text())
    damage(content["annotations"][0])
    path.write_text(json.dumps(content))
    with pytest.raises(DatasetError, match=found):
        use("segmentation", own)


def test_foregrounds_need_an_alpha_and_mattes_their_size(own: Path) -> None:
    foreground = own / "VideoMatting108" / "FG_done" / "clip0" / "00001.png"
    cv2.imwrite(str(foreground), np.zeros((64, 96, 3), np.uint8))
    with pytest.raises(DatasetError, match="isn't an RGBA picture"):
        use("video", own)
    for matte in (own / "Distinctions646" / "Train" / "GT").iterdir():
        cv2.imwrite(str(matte), np.zeros((10, 12), np.uint8))
    with pytest.raises(DatasetError, match=r"differ in size \(96x72 and 12x10\)"):
        use("image", own)


@pytest.mark.parametrize(
    ("opener", "folder", "channels"),
    [
        ("video", "VideoMatting108/FG_done/clip0", 4),
        ("segmentation", "YoutubeVIS/train/JPEGImages/video1", 3),
        ("segmentation", "YoutubeVOS/train/JPEGImages/shot1", 3),
    ],
)
def test_frames_of_a_clip_have_one_size(own: Path, opener: str, folder: str, channels: int) -> None:
    for path in sorted((own / folder).iterdir())[1::2]:
        cv2.imwrite(str(path), np.zeros((10, 12, channels), np.uint8))
    with pytest.raises(DatasetError, match=rf"of .*{folder} differ in size \(.*12x10"):
        use(opener, own)


def test_a_video_matting_run_needs_only_its_own_set(tmp_path: Path) -> None:
    tiny_datasets.videomatting108(tmp_path)
    assert len(OPENERS["video"](tmp_path)) > 0
    with pytest.raises(DatasetError, match="BG-20k"):
        video_matting(tmp_path, size=32, frames=2, use_background_dataset=True)


@pytest.mark.parametrize("numbers", [{"frames": 1}, {"size": 8}, {"seed": -1}])
def test_numbers_that_make_no_clip_are_refused(root: Path, numbers: dict[str, int]) -> None:
    with pytest.raises(SettingsError, match="No clip has"):
        video_matting(root, **{"size": 32, "frames": 2, **numbers})
