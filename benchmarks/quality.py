# SPDX-License-Identifier: GPL-3.0-or-later
"""How good the mattes are beside what an artist can do without weights, on clips that training never saw.

Both sides get the same keyframes, exact trimaps of the first frame or of the first, middle and last. Ours is the
engine as `ftpvm matte` runs it; the other is ftpvm.evaluation's baseline, whose mattes are kept in --baseline for the
next run. Writes quality.md, quality.json and a picture sheet per clip into --out.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import numpy as np
import torch
from quality_clips import QualityClip, composed_clips, rendered_clips
from quality_report import markdown

from ftpvm.evaluation import (
    FrameScores,
    mean_scores,
    predicted_trimaps,
    scores_by_frame,
    trimap_iou,
    write_picture_sheet,
)
from ftpvm.evaluation.baseline import carried_trimaps
from ftpvm.evaluation.closed_form import closed_form_matte
from ftpvm.media.matte_sequence import MatteSequence
from ftpvm.model.checkpoint import best_resolution, load_network
from ftpvm.propagation import NetworkRunner, Propagator, Settings, Shot, choose_device

HERE = Path(__file__).parent
KEYFRAMES = (1, 3)
PICTURED = 4  # frames on a clip's sheet; an odd number would show the middle keyframe
TIMED = 5  # frames that the baseline's solver is timed on


class Ours:
    """The engine on the CPU."""

    def __init__(self, weights: str, resolution: int | None, *, adapt: bool = False) -> None:
        self.resolution = best_resolution(weights) if resolution is None else resolution
        self.adapt = adapt
        self.runner = NetworkRunner(load_network(weights), choose_device("cpu"))

    def matte(self, clip: QualityClip, keyframes: int, folder: Path) -> MatteSequence:
        """All mattes of a clip."""
        mattes, source = MatteSequence(folder, f"{clip.name}.{keyframes}"), clip.source
        settings = Settings(resolution=self.resolution, adapt=self.adapt)
        Propagator(self.runner).run(Shot(source, clip.keyframes(keyframes), source.frames, mattes, settings))
        return mattes

    def trimap_iou(self, clip: QualityClip, keyframes: int) -> dict[str, float]:
        """Overlap of the predicted trimaps with the exact ones, by class."""
        source = clip.source
        predicted = predicted_trimaps(
            self.runner, source, clip.keyframes(keyframes), source.frames, self.resolution, adapt=self.adapt
        )
        return trimap_iou((trimap, clip.trimap(source.frames.index(number))) for number, trimap in predicted)


def baseline(clip: QualityClip, keyframes: int, folder: Path) -> MatteSequence:
    """The baseline's mattes; those that `folder` holds from an earlier run are taken as they are."""
    mattes = MatteSequence(folder / f"{clip.name}.{keyframes}.{clip.digest()}", "m")
    source = clip.source
    if all(map(mattes.is_whole, source.frames)):
        return mattes
    for number, image, trimap in carried_trimaps(source, clip.keyframes(keyframes), source.frames):
        if not mattes.is_whole(number):
            mattes.write(number, closed_form_matte(image, trimap))
    return mattes


def score(clip: QualityClip, mattes: MatteSequence) -> FrameScores:
    """The means over a clip's frames."""
    frames = enumerate(clip.source.frames)
    return mean_scores(list(scores_by_frame((mattes.read(n), clip.alphas[i], clip.trimap(i)) for i, n in frames)))


def speed(ours: Ours, clip: QualityClip, keyframes: int, rounds: int) -> dict[str, dict[str, float]]:
    """Seconds a frame by the clock and of CPU time, of both sides in turn so that a busy machine slows both alike.

    Ours is a whole job from decoding to files. The baseline's flow is timed over the whole clip and its solver on
    frames spread over the clip, since it takes longer the farther a keyframe is.
    """
    spent: dict[str, list[np.ndarray]] = {"ours": [], "baseline": []}
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            began = _clocks()
            ours.matte(clip, keyframes, Path(folder))
            spent["ours"].append((_clocks() - began) / len(clip.alphas))
        spent["baseline"].append(_baseline_spent(clip, keyframes))
    means = {side: sum(times) / rounds for side, times in spent.items()}
    kinds = enumerate(("seconds", "cpu_seconds"))
    return {kind: {side: float(mean[i]) for side, mean in means.items()} for i, kind in kinds}


def _baseline_spent(clip: QualityClip, keyframes: int) -> np.ndarray:
    frames = clip.source.frames
    sample = {frames[i] for i in spread(len(frames), TIMED)}
    began = _clocks()
    chosen = [x for x in carried_trimaps(clip.source, clip.keyframes(keyframes), frames) if x[0] in sample]
    flow = (_clocks() - began) / len(frames)
    closed_form_matte(*chosen[0][1:])  # numba compiles in the first call
    began = _clocks()
    with tempfile.TemporaryDirectory() as folder:
        for number, image, trimap in chosen:
            MatteSequence(Path(folder), "m").write(number, closed_form_matte(image, trimap))
    return np.asarray(flow + (_clocks() - began) / len(chosen))


def _clocks() -> np.ndarray:
    """By the clock, and of this process's CPU time over all threads."""
    return np.array([time.perf_counter(), time.process_time()])


def spread(frames: int, count: int) -> list[int]:
    """`count` indices into `frames`, each from the middle of its share."""
    return sorted({(2 * i + 1) * frames // (2 * count) for i in range(count)})


def draw(clip: QualityClip, sides: dict[str, MatteSequence], path: Path) -> None:
    """The sheet of a clip: frame, true alpha and every side's matte, on frames between the keyframes."""
    frames = clip.source.frames
    rows = []
    for i in spread(len(frames), PICTURED):
        ((_, image),) = clip.source.read(frames[i : i + 1])
        rows.append((str(frames[i]), [image, clip.alphas[i], *(mattes.read(frames[i]) for mattes in sides.values())]))
    write_picture_sheet(path, ["frame", "true alpha", *sides], rows, width=256)


def measure(args: argparse.Namespace, clips: Iterator[QualityClip]) -> dict[str, object]:
    """Everything, as it goes into quality.json."""
    ours = Ours(args.weights, args.resolution, adapt=args.adapt)
    measured: dict[str, dict[str, object]] = {}
    for clip in clips:
        mattes = {}
        result: dict[str, object] = {"frames": len(clip.alphas), "iou": ours.trimap_iou(clip, max(KEYFRAMES))}
        for count in KEYFRAMES:
            mattes[f"ours, {count}"] = ours.matte(clip, count, args.out / "mattes")
            mattes[f"baseline, {count}"] = baseline(clip, count, args.baseline)
            both = {side: score(clip, mattes[f"{side}, {count}"]) for side in ("ours", "baseline")}
            result[str(count)] = both | (speed(ours, clip, count, args.rounds) if args.rounds else {})
        draw(clip, mattes, args.out / f"{clip.name}.jpg")
        measured[clip.name] = result
        print(f"{clip.name} done", flush=True)
    return {
        "weights": str(args.weights) + ", adapted" * args.adapt, "resolution": ours.resolution,
        "threads": torch.get_num_threads(), "clips": measured,
    }  # fmt: skip


def main() -> None:
    """Measure, then write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("quality_out"))
    parser.add_argument("--weights", default="default", help="name or file")
    parser.add_argument("--resolution", type=int, help="long side in px; the weights' best by default")
    parser.add_argument("--adapt", action="store_true", help="train the network on each span's keyframes first")
    parser.add_argument("--clips", type=Path, default=HERE / "validation_clips", help="folder of rendered clips")
    parser.add_argument("--composed", type=int, default=3, help="how many clips to compose from held-out sprites")
    parser.add_argument("--baseline", type=Path, default=Path("quality_baseline"), help="where its mattes are kept")
    parser.add_argument("--rounds", type=int, default=2, help="how often the speed is measured; 0: not at all")
    args = parser.parse_args()
    clips = chain(rendered_clips(args.clips), composed_clips(args.out / "clips", args.composed))
    measured = measure(args, clips)
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "quality.json").write_text(json.dumps(measured, indent=1))
    report = markdown(measured)
    (args.out / "quality.md").write_text(report)
    print(report)


if __name__ == "__main__":
    main()
