# SPDX-License-Identifier: GPL-3.0-or-later
"""One case, measured in a process of its own: peaks of memory can't be told apart otherwise."""

import tempfile
import time
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from ftpvm.errors import DeviceError, FtpvmError
from ftpvm.media import Source, open_source
from ftpvm.media.matte_sequence import MatteSequence
from ftpvm.model import FastTrimapPropagationVideoMatting as FTPVM
from ftpvm.model.checkpoint import load_network
from ftpvm.propagation import Device, Keyframe, NetworkRunner, Progress, Propagator, Settings, Shot, choose_device
from ftpvm.propagation.device import OutOfMemoryError
from ftpvm.propagation.refine import shrink
from ftpvm.propagation.runner import Memory

from .alone import alone
from .case import Case, Job, Measured, Row
from .clips import make_trimap
from .gauges import Stopwatch, peak_ram, peak_vram

HALF = {"fp32": None, "fp16": torch.float16, "bf16": torch.bfloat16}


def measured(job: Job) -> Row:
    """The row of a case; whatever goes wrong in its process, being killed for memory included, is told in the row."""
    return row_of(job.case, lambda: alone(measure, job))


def row_of(case: Case, measuring: Callable[[], Measured]) -> Row:
    """What `measuring` gives, or the sentence of what it raises: the other cases go on."""
    try:
        return Row(case, measuring())
    except BrokenProcessPool:
        return Row(case, None, "its process was killed, most likely for lack of memory")
    except OutOfMemoryError:
        return Row(case, None, "the device has too little memory")
    except MemoryError:
        return Row(case, None, "this machine has too little memory")
    except Exception as error:
        words = " ".join(str(error).split())
        return Row(case, None, words if isinstance(error, FtpvmError) else f"{type(error).__name__}: {words}")


def measure(job: Job) -> Measured:
    """The job first, so that the peaks are its own; then all in turn, so that a busy machine slows all alike."""
    case = job.case
    device = replace(choose_device(case.device), half=HALF[case.precision])
    runner = NetworkRunner(load_network(case.weights), device)
    # In the movie's folder, which is deleted even if this process is ended.
    with open_source(job.movie) as source, tempfile.TemporaryDirectory(dir=job.movie.parent) as folder:
        first_frame, rate = end_to_end(case, runner, source, Path(folder) / "first")
        ram, vram = peak_ram(), peak_vram(device.torch)
        images = [shrink(image, case.work_size) for _, image in source.read(source.frames)]
        eager = load_network(case.weights, device=device.torch)
        rates = [(0.0, 0.0, rate)]
        for number in range(case.repeats):
            plain = network_rate(device, images, _eager_calls(case, eager, images))
            ours = network_rate(device, images, _our_calls(case, runner, images))
            _, whole = end_to_end(case, runner, source, Path(folder) / str(number))
            rates.append((plain, ours, whole))
    plain, ours, whole = map(max, zip(*rates, strict=True))
    return Measured(plain, ours, whole, first_frame, ram, vram)


def end_to_end(case: Case, runner: NetworkRunner, source: Source, out: Path) -> tuple[float, float]:
    """Seconds until the network has run a frame, and finished mattes a second, of a whole job.

    DeviceError if memory is short.
    """
    keyframes = [Keyframe(number, make_trimap(number, case.size)) for number in case.keyframe_numbers]
    shot = Shot(source, keyframes, source.frames, MatteSequence(out, "m"), Settings(resolution=case.resolution))
    began, first = time.perf_counter(), 0.0

    def note(progress: Progress) -> None:
        nonlocal first
        first = first or time.perf_counter() - began

    report = Propagator(runner).run(shot, on_progress=note)
    if report.warnings:  # it went on at a lower resolution: that would be another case
        raise DeviceError(report.warnings[0])
    return first, len(shot.frames) / report.seconds


def network_rate(device: Device, images: list[np.ndarray], run: Callable[[list[np.ndarray]], None]) -> float:
    """Frames a second of going once through all images, after a warm-up."""
    run(images[: device.chunk])
    with Stopwatch(device.torch) as watch:
        run(images)
    return len(images) / watch.seconds


def _our_calls(case: Case, runner: NetworkRunner, images: list[np.ndarray]) -> Callable[[list[np.ndarray]], None]:
    trimaps = [shrink(make_trimap(number, case.size), case.work_size) for number in case.keyframe_numbers]
    encoded = [runner.encode(images[n], t) for n, t in zip(case.keyframe_numbers, trimaps, strict=True)]
    memory = Memory.joined(encoded)

    def run(frames: list[np.ndarray]) -> None:
        recurrent = runner.start()
        for start in range(0, len(frames), runner.chunk):
            _, recurrent = runner.run(frames[start : start + runner.chunk], memory, recurrent)

    return run


def _eager_calls(case: Case, network: FTPVM, images: list[np.ndarray]) -> Callable[[list[np.ndarray]], None]:
    """The public call of the manual: float32, the usual memory layout, a frame at a time."""
    device = next(network.parameters()).device

    def upload(picture: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(picture).to(device).permute(2, 0, 1)[None, None]

    with torch.inference_mode():
        numbers = case.keyframe_numbers
        pictures = torch.cat([upload(images[number]) for number in numbers], dim=1)
        trimaps = [shrink(make_trimap(number, case.size), case.work_size)[..., None] for number in numbers]
        memory = network.encode_imgs_to_value(pictures, torch.cat([upload(t) for t in trimaps], dim=1))

    def run(frames: list[np.ndarray]) -> None:
        recurrent = network.default_rec
        with torch.inference_mode():
            for frame in frames:
                _, boundary, full, recurrent = network.forward_with_memory(upload(frame), *memory, *recurrent)
                full.cpu(), boundary.cpu()

    return run
