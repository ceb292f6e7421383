# SPDX-License-Identifier: GPL-3.0-or-later
"""The two published commands word for word, and what makes them small."""

import json
import shlex
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

FTPVM = shlex.split("""
    --id FTPVM --which_model FTPVM --num_worker 12 --benchmark --lr 0.0001 -i 120000 --iter_switch_dataset 30000
    --use_background_dataset -b_seg 8 -b_img_mat 10 -b_vid_mat 4 -s_seg 8 -s_img_mat 4 -s_vid_mat 8
    --seg_cd 20000 --seg_iter 10000 --seg_start 0 --seg_stop 100000 --size 480 --tvloss_type temp_seg_allclass_weight
""")

VM108_ONLY = shlex.split("""
    --id FTPVM_VM108_only --which_model FTPVM --num_worker 12 --benchmark --lr 0.0001 -i 120000 --iter_switch_dataset 0
    -b_vid_mat 4 -s_vid_mat 8 --seg_stop -1 --size 480 --tvloss_type temp_seg_allclass_weight
""")

SMALL = shlex.split("""
    -i 7 --num_worker 0 --size 32 -b_seg 2 -b_img_mat 2 -b_vid_mat 2 -s_seg 3 -s_img_mat 3 -s_vid_mat 3
    --report_interval 1 --no_pretrained --device cpu
""")

# Segmentation, two steps on images, segmentation again, a step on videos, the stop, a step on videos.
EVERY_SWITCH = shlex.split("--seg_iter 1 --seg_cd 2 --seg_stop 5 --iter_switch_dataset 3")

# Of scripts that run the default recipe in a process of its own: validation as quick as a test should be.
QUICK_VALIDATION = """
from functools import partial
import ftpvm.training.validation as v
v.validate, v.HELD_OUT_SPRITES = partial(v.validate, batches=1), 2
"""


def losses(out: Path) -> list[dict[str, Any]]:
    """The lines of a run's log that report losses."""
    lines = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    return [line for line in lines if "trimap" in line]


def weights(out: Path) -> dict[str, Tensor]:
    """Trained and averaged weights at the end of a run."""
    content = torch.load(out / "last.pth", weights_only=True)
    return {f"{part}.{key}": value for part in ("network", "ema") for key, value in content[part].items()}


def assert_same_weights(one: Path, other: Path) -> None:
    first, second = weights(one), weights(other)
    different = [key for key, value in first.items() if not torch.equal(value, second[key])]
    assert not different
