# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of `ftpvm train`. Published flags keep their names, underscores and all."""

import argparse
from pathlib import Path
from typing import Any

from ftpvm.cli.option_types import above_zero, positive, share, whole
from ftpvm.errors import SettingsError

# As ftpvm.training.losses has them; repeated because that needs torch (a test compares them).
CELOSS_TYPES = ("focal", "focal_weight", "focal_gamma0.5", "focal_gamma1", "focal_gamma5", "normal", "normal_weight")
TVLOSS_TYPES = (
    "disabled", "2dtv", "3dtv", "2dtv+temp_seg", "temp_seg", "temp_seg_allclass", "temp_seg_allclass_mean",
    "temp_seg_allclass_weight", "temp_seg_allclass_weight_0.33", "temp_seg_allclass_weight_0.8",
    "temp_seg_allclass_weight_l2", "3d_seg", "3d_seg_allclass", "3d_seg_allclass_mean", "3d_seg_allclass_weight",
)  # fmt: skip

PUBLISHED, DEFAULT = "published", "default"
# As Published and DefaultRecipe have them; repeated, like the options' defaults below, because those need torch.
ITERATIONS = {PUBLISHED: 120_000, DEFAULT: 8000}
LEARNING_RATE = {PUBLISHED: 1e-4, DEFAULT: 5e-4}
NUM_WORKER = {PUBLISHED: 4, DEFAULT: 0}


def add_options(parser: argparse.ArgumentParser) -> None:
    """All of them, in groups."""
    _add_run(parser.add_argument_group("the run"))
    _add_machine(parser.add_argument_group("the machine"))
    groups = {
        PUBLISHED: _add_published(parser.add_argument_group("the published recipe")),
        DEFAULT: _add_default(parser.add_argument_group("--recipe default")),
    }
    parser.set_defaults(recipe_options=groups)


def refuse_other_recipes(args: argparse.Namespace) -> None:
    """An option that the chosen recipe doesn't know must not be ignored in silence."""
    for recipe, actions in args.recipe_options.items():
        for action in actions:
            if recipe != args.recipe and getattr(args, action.dest) != action.default:
                raise SettingsError(f"{action.option_strings[0]} belongs to --recipe {recipe}; leave it out here.")


def _add_run(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add(
        "--recipe", choices=(PUBLISHED, DEFAULT), default=PUBLISHED,
        help="published: as in the paper, on data sets in --root; default: licence-free clips that ftpvm draws itself",
    )  # fmt: skip
    add("--id", metavar="NAME", help="name of the run; default: the recipe's")
    add("--out", metavar="DIR", type=Path, help="folder for last.pth, log.jsonl and tensorboard/; default: runs/ID")
    add(
        "-i", "--iterations", "--steps", metavar="N", type=positive, dest="steps",
        help=f"steps of the whole run; default: {ITERATIONS[PUBLISHED]}, with --recipe default {ITERATIONS[DEFAULT]}",
    )  # fmt: skip
    add(
        "--lr", metavar="RATE", type=above_zero,
        help=f"learning rate; default: {LEARNING_RATE[PUBLISHED]}, with --recipe default {LEARNING_RATE[DEFAULT]}",
    )  # fmt: skip
    add("--seed", type=int, default=0, help="of the first weights and of all clips")
    add("--which_model", metavar="NAME", default="FTPVM", help="the network")
    add("--load_network", metavar="NAME_OR_PATH", help="start a new run from these weights")
    add(
        "--resume", metavar="PATH", nargs="?", type=Path, const=True,
        help="go on exactly where the checkpoint at PATH was written; without PATH: where the run in DIR was",
    )  # fmt: skip
    add("--load_model", metavar="PATH", type=Path, dest="resume", help="the same as --resume PATH")
    add("--clip_grad", metavar="NORM", type=above_zero, help="the largest norm of a gradient; with --recipe default 1")
    add("--report_interval", metavar="N", type=positive, default=50, help="steps between lines of the log")
    add("--save_im_interval", metavar="N", type=positive, default=1000, help="steps between sample pictures")
    add("--save_model_interval", metavar="N", type=positive, default=250, help="steps between checkpoints")


def _add_machine(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--device", default="auto", help="auto, cuda, cuda:1, mps or cpu; with torchrun each process has its own GPU")
    add(
        "--num_worker", metavar="N", type=whole,
        help=f"processes that prepare clips ahead, for each GPU; default: {NUM_WORKER[PUBLISHED]}, with --recipe "
        f"default {NUM_WORKER[DEFAULT]}: it draws them on the device itself",
    )  # fmt: skip
    add("--precision", choices=("bf16", "fp32"), default="bf16", help="bf16: mixed precision (default)")
    add("--compile", action="store_true", help="compile the network: minutes to start; no use to the default recipe")
    add("--benchmark", action="store_true", help="let cuDNN try which of its kernels are fastest")


def _add_published(group: argparse._ArgumentGroup) -> list[argparse.Action]:
    actions: list[argparse.Action] = []

    def add(*flags: str, **options: Any) -> None:
        actions.append(group.add_argument(*flags, **options))

    add("--root", metavar="DIR", type=Path, default=Path(), help="folder that holds the data sets; default: here")
    add("--no_pretrained", action="store_true", help="start without the ImageNet weights of the backbone")
    add("--size", metavar="PX", type=positive, default=480, help="height and width of matting clips")
    for name, what, batch, frames in (
        ("seg", "segmentation", 8, 8), ("img_mat", "image matting", 10, 4), ("vid_mat", "video matting", 4, 8),
    ):  # fmt: skip
        add(
            f"-b_{name}",
            metavar="CLIPS",
            type=positive,
            default=batch,
            help=f"clips a {what} step, all GPUs together",
        )
        add(f"-s_{name}", metavar="FRAMES", type=positive, default=frames, help="frames of such a clip")
    add("--seg_start", metavar="STEP", type=int, default=0, help="first segmentation pass")
    add("--seg_iter", metavar="N", type=positive, default=10_000, help="segmentation passes in a row")
    add("--seg_cd", metavar="N", type=whole, default=20_000, help="matting passes in a row after those")
    add("--seg_stop", metavar="STEP", type=int, default=100_000, help="no segmentation passes from here on; -1: none")
    add("--iter_switch_dataset", metavar="STEP", type=int, default=30_000, help="matting changes from images to videos")
    add("--celoss_type", choices=CELOSS_TYPES, default="focal", help="loss on trimap classes")
    add("--tvloss_type", choices=TVLOSS_TYPES, default="temp_seg_allclass_weight", help="segmentation consistency")
    add("--lambda_segtv", metavar="X", type=float, default=10, help="weight of the segmentation consistency")
    add("--start_segtv", metavar="STEP", type=int, default=0, help="when the segmentation consistency starts")
    add("--lambda_tc", metavar="X", type=float, default=5, help="weight of the mattes' temporal coherence")
    add("--full_matte", action="store_true", help="the matting decoder learns the matte of the whole frame")
    add(
        "--use_background_dataset", "--use_background_video", action="store_true",
        help="one background in five is a still of BG-20k",
    )  # fmt: skip
    add("--same_mem_que", action="store_true", help="the memory frame is also the first query frame")
    add("--nb_frame_only", action="store_true", help="the memory frame is a near one, not a far one")
    add("--random_memtrimap", action="store_true", help="the memory's trimap has a random width of its own")
    add("--compose_multiobj", action="store_true", help="half of the matting clips have a second object behind")
    add("--ytvos", action="store_true", help="segmentation on YouTubeVOS too")
    return actions


def _add_default(group: argparse._ArgumentGroup) -> list[argparse.Action]:
    actions: list[argparse.Action] = []

    def add(*flags: str, **options: Any) -> None:
        actions.append(group.add_argument(*flags, **options))

    add("--pixels", metavar="N", type=positive, default=15 * 160 * 160, help="work of a step, in query pixels")
    add("--sprites", metavar="N", type=positive, default=500, help="objects to draw before the start")
    pack_help = "take every other still object from these, rendered with Blender, and what moves in them"
    add("--sprite_pack", metavar="PATH", type=Path, nargs="+", help=pack_help)
    add("--head_start", metavar="SHARE", type=share, default=0.0, help="begin the curriculum this far in (0 to 1)")
    add(
        "--freeze_bn", action="store_true",
        help="BatchNorm keeps the statistics of the weights in --load_network: for few clips a step",
    )  # fmt: skip
    return actions
