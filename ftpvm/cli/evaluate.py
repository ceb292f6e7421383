# SPDX-License-Identifier: GPL-3.0-or-later
"""`ftpvm evaluate`: how good mattes are, on published test sets or one's own."""

import argparse
from typing import Any

from ftpvm.cli.evaluate_options import ALL, PUBLISHED, SETS, add_compose_options, add_score_options, add_set_options

DESCRIPTION = """\
Measure mattes as published: MAD, MSE, SAD, Grad, Conn and dtSSD over the whole frame and over the regions of its
trimap, and the overlap (IoU) of predicted trimaps. The network gets the true trimap of the first frame and runs
forward. Run the same command again to go on after a stop: finished clips are kept."""
_SCORE = "Score mattes made elsewhere against their true alpha; frames go together by their numbers."
_COMPOSE = (
    "Composite VideoMatte240K's test clips over moving backgrounds, which makes the set that vm240k evaluates on."
)


def add_parser(subparsers: "argparse._SubParsersAction[Any]") -> None:
    """Register the command and what it evaluates."""
    parser = subparsers.add_parser(
        "evaluate", help="measure mattes on test sets", description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    actions = parser.add_subparsers(title="what to evaluate", metavar="WHAT", required=True)
    for name, words in SETS.items():
        each = actions.add_parser(name, help=words, description=f"Evaluate on {name}: {words}")
        add_set_options(each, name)
        each.set_defaults(run=_evaluate, sets=[name])
    words = f"{', '.join(PUBLISHED)}, one after the other"
    each = actions.add_parser(ALL, help=words, description=f"Evaluate on {words}.")
    add_set_options(each, ALL)
    each.set_defaults(run=_evaluate, sets=list(PUBLISHED), clips=None)
    each = actions.add_parser("score", help="mattes made elsewhere against true alpha", description=_SCORE)
    add_score_options(each)
    each.set_defaults(run=_score)
    each = actions.add_parser("compose-vm240k", help="make the vm240k set", description=_COMPOSE)
    add_compose_options(each)
    each.set_defaults(run=_compose)


def _evaluate(args: argparse.Namespace) -> int:
    from ftpvm.cli.evaluate_set import evaluate_sets

    evaluate_sets(args)
    return 0


def _score(args: argparse.Namespace) -> int:
    from ftpvm.cli.evaluate_score import score

    score(args)
    return 0


def _compose(args: argparse.Namespace) -> int:
    from ftpvm.cli.progress import Display
    from ftpvm.evaluation.compose import compose, planned
    from ftpvm.evaluation.sizes import evaluation_size

    size = evaluation_size(args.size)
    plan = planned(args.videomatte, args.backgrounds, args.clips)
    with Display("compositing", as_json=False) as show:
        compose(plan, args.out, size, args.trimap_width, args.frames, on_frame=show)
    print(f"{len(plan)} clips: {args.out} (evaluate on it with `ftpvm evaluate vm240k {args.out}`)")
    return 0
