# SPDX-License-Identifier: GPL-3.0-or-later
"""The published training data: clips from Distinctions646, VideoMatting108, BG-20k, YouTubeVIS and YouTubeVOS.

Each function opens what it needs under one data root, where the sets lie as published (see the classes that open them),
and returns a torch Dataset of `Clip`s. Their images are (1 + t, 3, size, size) RGB in [0, 1], alphas (1 + t, 1, size,
size) in [0, 1], trimaps alike with 0, 0.5 and 1, all float32; the first frame is the memory. `dataset[index]` works for
any index >= 0 and depends on the seed and the index alone, so resuming needs no generator state, and workers may share
the indices.

size: height and width of a clip in px. frames: of a clip, its memory included. same_mem_que: the memory is also the
query's first frame, and near. nb_frame_only: the memory is near, not 1 to 16 clip steps away. random_memtrimap: the
memory's trimap has a kernel of its own. All raise DatasetError where a set is missing or laid out in another way, and
SettingsError for frames, size or seed that make no clip.
"""

from pathlib import Path

from .augmentation import Augmentation
from .backgrounds import Backgrounds, BG20k
from .distinctions646 import Distinctions646
from .matting import MattingClips
from .segmentation import LARGEST, Masked, SegmentationClips
from .settings import ClipSettings
from .videomatting108 import VideoMatting108
from .youtubevis import YouTubeVIS
from .youtubevos import YouTubeVOS

__all__ = ["MattingClips", "SegmentationClips", "image_matting", "segmentation", "video_matting"]

STILL_FOREGROUNDS = Augmentation(grey=0.03, sharpen=0.05, grain=0.05)
VIDEO_FOREGROUNDS = Augmentation()


def image_matting(
    root: Path, *, size: int, frames: int, seed: int = 0, use_background_dataset: bool = False,
    compose_multiobj: bool = False, same_mem_que: bool = False, nb_frame_only: bool = False,
    random_memtrimap: bool = False,
) -> MattingClips:  # fmt: skip
    """Distinctions646's stills, set in motion, over VideoMatting108's background videos.

    use_background_dataset: one background in five is a still of BG-20k. compose_multiobj: half of the clips have a
    second foreground behind the first.
    """
    settings = ClipSettings(size, frames, seed, same_mem_que, nb_frame_only, random_memtrimap)
    backgrounds = Backgrounds(VideoMatting108.open(root), BG20k.open(root) if use_background_dataset else None)
    return MattingClips(
        Distinctions646.open(root), backgrounds, STILL_FOREGROUNDS, settings, compose_multiobj=compose_multiobj
    )


def video_matting(
    root: Path, *, size: int, frames: int, seed: int = 0, use_background_dataset: bool = False,
    compose_multiobj: bool = False, same_mem_que: bool = False, nb_frame_only: bool = False,
    random_memtrimap: bool = False,
) -> MattingClips:  # fmt: skip
    """VideoMatting108's training clips over their own background videos or those of other training clips.

    use_background_dataset, compose_multiobj: as in `image_matting`.
    """
    settings = ClipSettings(size, frames, seed, same_mem_que, nb_frame_only, random_memtrimap)
    clips = VideoMatting108.open(root)
    backgrounds = Backgrounds(clips, BG20k.open(root) if use_background_dataset else None)
    return MattingClips(clips, backgrounds, VIDEO_FOREGROUNDS, settings, compose_multiobj=compose_multiobj)


def segmentation(
    root: Path, *, size: int, frames: int, seed: int = 0, ytvos: bool = False, same_mem_que: bool = False,
    nb_frame_only: bool = False, random_memtrimap: bool = False,
) -> SegmentationClips:  # fmt: skip
    """YouTubeVIS's videos with the mask of one object, at most 352 px however large `size` is.

    ytvos: YouTubeVOS's videos too.
    """
    settings = ClipSettings(min(size, LARGEST), frames, seed, same_mem_que, nb_frame_only, random_memtrimap)
    sets: list[Masked] = [YouTubeVIS.open(root), *([YouTubeVOS.open(root)] if ytvos else [])]
    return SegmentationClips(sets, settings)
