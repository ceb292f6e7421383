# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames a second of the network alone and of the whole job (decode, network, write), and their ratio."""

import argparse
import tempfile
import time
from pathlib import Path

from clips import make_movie, make_trimap

from ftpvm.media import open_source
from ftpvm.media.matte_sequence import MatteSequence
from ftpvm.model.checkpoint import load_network
from ftpvm.propagation import Keyframe, NetworkRunner, Propagator, Settings, Shot, choose_device

SIZES = ((512, 288), (1024, 576))


def network_alone(runner: NetworkRunner, source, keyframe: Keyframe) -> float:  # type: ignore[no-untyped-def]
    """Frames a second over frames that are decoded already."""
    images = [image for _, image in source.read(source.frames)]
    memory, recurrent = runner.encode(images[0], keyframe.trimap), runner.start()
    runner.run(images[: runner.chunk], memory, recurrent)
    began = time.perf_counter()
    for i in range(0, len(images), runner.chunk):
        _, recurrent = runner.run(images[i : i + runner.chunk], memory, recurrent)
    return len(images) / (time.perf_counter() - began)


def end_to_end(runner: NetworkRunner, source, keyframe: Keyframe, out: Path) -> float:  # type: ignore[no-untyped-def]
    """Frames a second of a propagation to 16-bit PNG."""
    shot = Shot(source, [keyframe], source.frames, MatteSequence(out, "m"), Settings())
    report = Propagator(runner).run(shot)
    return report.frames_run / report.seconds


def main() -> None:
    """A table row a size; the two are measured in turn, so that a busy machine slows both alike."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=24)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--device", default="auto")
    args = parser.parse_args()
    device = choose_device(args.device)
    runner = NetworkRunner(load_network(), device)
    print(f"| size ({device.name}) | network alone | end to end | ratio |\n|---|---|---|---|")
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            source = open_source(make_movie(Path(folder) / "clip.mp4", size, args.frames))
            keyframe = Keyframe(0, make_trimap(0, size))
            pairs = [
                (network_alone(runner, source, keyframe), end_to_end(runner, source, keyframe, Path(folder) / str(i)))
                for i in range(args.repeats)
            ]
        alone, whole = (max(column) for column in zip(*pairs, strict=True))
        row = f"{size[0]}x{size[1]} | {alone:.2f} frames/s | {whole:.2f} frames/s | {whole / alone:.0%}"
        print(f"| {row} |", flush=True)


if __name__ == "__main__":
    main()
