# SPDX-License-Identifier: GPL-3.0-or-later
"""`ftpvm evaluate score`: mattes made elsewhere."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from ftpvm.cli.evaluate_results import compare, finish, show
from ftpvm.cli.progress import Display
from ftpvm.errors import SettingsError, SourceError
from ftpvm.evaluation.clip import Clip
from ftpvm.evaluation.elsewhere import Alphas, BareFootage, alphas_in, matched
from ftpvm.evaluation.optional import require_all
from ftpvm.evaluation.results import Evaluated, earlier_results
from ftpvm.evaluation.run import Keep, Method, evaluate
from ftpvm.evaluation.scoring import score_clip
from ftpvm.evaluation.sizes import evaluation_size
from ftpvm.evaluation.testsets import Footage, open_set


def score(args: argparse.Namespace) -> None:
    """Score every clip of TRUE; only printed where no folder for results is given."""
    others = [each for path in args.against for each in earlier_results(Path(path))]
    size, set_name = evaluation_size(args.size), args.set or _recognized(args.true)
    clips = [Clip(footage, size, args.trimap_width) for footage in _true(args.true, set_name)]
    mattes = _paired(alphas_in(args.pred), clips, args.pred)
    name, settings = _name(args), {"size": args.size, "trimap_width": args.trimap_width}
    if set_name:
        settings["set"] = set_name
    if args.out_root:
        require_all()
        method = Method(
            name, settings, lambda clip: matched(mattes[clip.name], clip),
            lambda clip: f"{clip.identity()} {mattes[clip.name].source.identity()}",
        )  # fmt: skip
        with Display(name, as_json=False) as shown:
            done = evaluate(
                method, clips, args.out_root, Keep(mattes=False, preview=False),
                lambda clip, frame, done, total: shown(done, total, frame, clip.frames),
            )  # fmt: skip
        finish(args.out_root, [done], others)
    else:
        done = Evaluated(name, settings, [score_clip(clip, matched(mattes[clip.name], clip)) for clip in clips])
        show([done])
        compare(None, [done], others)


def _name(args: argparse.Namespace) -> str:
    """What the method is called, its folder and its workbook too."""
    pred = args.pred.resolve()
    name = str(args.name or (pred.name if pred.is_dir() else pred.stem))
    if name.startswith(".") or set(name) & set("/\\"):
        raise SettingsError(f"The name {name!r} can't be that of a folder: choose another --name.")
    return name


def _recognized(root: Path) -> str | None:
    """A folder set is known by its CLIP/{frames,alpha}."""
    return "folder" if any(root.glob("*/frames")) and any(root.glob("*/alpha")) else None


def _true(root: Path, set_name: str | None) -> Sequence[Footage]:
    """A set's footage, or alpha that lies alone."""
    return open_set(set_name, root) if set_name else [BareFootage(alphas) for alphas in alphas_in(root).values()]


def _paired(mattes: dict[str, Alphas], clips: list[Clip], pred: Path) -> dict[str, Alphas]:
    """The mattes of each clip by its name; one clip alone goes with one alone, whatever they are called."""
    if len(mattes) == len(clips) == 1:
        return {clips[0].name: next(iter(mattes.values()))}
    if missing := [clip.name for clip in clips if clip.name not in mattes]:
        found = ", ".join(mattes)
        raise SourceError(f"{pred} has no mattes of {missing[0]}, but of {found}: name them as the clips are.")
    return mattes
