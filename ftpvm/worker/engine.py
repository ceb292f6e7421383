# SPDX-License-Identifier: GPL-3.0-or-later
"""Does the work of requests, and keeps between them what makes the next one quick: networks, keyframes, sources."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch

from ftpvm.kept import Kept, file_stamp
from ftpvm.media import Source, open_source
from ftpvm.media.matte_sequence import MatteSequence
from ftpvm.media.sequence import is_sequence
from ftpvm.media.stills import StillFormat, write_still
from ftpvm.propagation import Device, Keyframe, Propagator, Settings, Shot, choose_device
from ftpvm.propagation.device import give_back_memory
from ftpvm.propagation.settings import Direction
from ftpvm.propagation.warm import WarmPropagator
from ftpvm.shots import KeyframeImage, make_shot, require_writable, resolution_for, spare_inputs, spare_other_mattes
from ftpvm.trimaps.grabcut import trimap_from_box, trimap_from_strokes
from ftpvm.trimaps.load import load_trimap
from ftpvm.worker.requests import MatteJob, SourceRequest, TrimapRequest
from ftpvm.worker.story import Story

Answer = dict[str, object]
_ROUNDING = 2  # frames that a length in time may be off by


class Engine:
    """To be used in one thread, except for `facts`."""

    def __init__(self) -> None:
        self._device: Device | None = None  # of the last network; choosing one may wake up a GPU
        self._warm = WarmPropagator()
        self._sources: Kept[Source] = Kept(2)
        self._keyframes: Kept[Keyframe] = Kept(0)

    def warm_up(self, device: str) -> None:
        """Load the default network and run it once: libraries load what they need at their first call."""
        runner = self._propagator("default", device).runner
        grey = np.full((64, 64, 3), 0.5, np.float32)
        runner.run([grey], runner.encode(grey, grey[..., 0]), runner.start())

    def matte(self, job: MatteJob, story: Story, should_stop: Callable[[], bool]) -> tuple[str, Answer]:
        """Bring a job's mattes up to date. Returns the event that ends it, with its fields."""
        propagator = self._propagator(job.weights, job.device)
        if job.source_frames is not None:
            _compare_counts(self._source(job.clip), job.source_frames, story)
        shot, mattes = self._shot(job)
        spare_inputs([mattes.path(0)], _inputs(job))
        if not job.replace:
            spare_other_mattes(shot)
        require_writable([job.out / "matte"])

        def asked() -> bool:
            stop = should_stop()
            story.asked_to_go_on()
            return stop

        report = propagator.run(
            shot,
            on_plan=story.planned,
            on_span=story.span,
            on_adapting=story.adapting,
            on_progress=story.progress,
            should_stop=asked,
        )
        return story.ended(shot, report, mattes.pattern)

    def preview(self, job: MatteJob, frame: int, out: Path) -> Answer:
        """Write one frame's matte as 16-bit PNG."""
        spare_inputs([out], _inputs(job))
        shot, _ = self._shot(job)
        matte = self._propagator(job.weights, job.device).preview(shot, frame)
        write_still(out, matte[..., None], StillFormat.PNG16, channels=("Y",), colorspace="data")
        return {"image": str(out)}

    def trimap(self, request: TrimapRequest) -> Answer:
        """Write the trimap of a box or strokes as 8-bit PNG."""
        spare_inputs([request.out], [*request.clip.paths, *([request.strokes] if request.strokes else [])])
        source = self._source(request.clip)
        ((_, image),) = source.read(range(request.frame, request.frame + 1))
        if request.box:
            trimap = trimap_from_box(image, request.box)
        else:
            assert request.strokes
            trimap = trimap_from_strokes(image, load_trimap(request.strokes, source.size, fit=True))
        write_still(request.out, trimap[..., None], StillFormat.PNG8, channels=("Y",), colorspace="data")
        return {"image": str(request.out)}

    def release(self) -> Answer:
        """Let go of everything, and give the device's memory back."""
        self._warm.clear()
        self._sources.clear()
        self._keyframes.clear()
        gc.collect()
        give_back_memory()
        return {}

    def facts(self) -> dict[str, Any]:
        """What "status" says; memory is what torch holds of the device, in bytes, None on the CPU."""
        device, memory = self._device, None
        if device and device.torch.type == "cuda":
            memory = torch.cuda.memory_reserved(device.torch)
        elif device and device.torch.type == "mps":
            memory = torch.mps.driver_allocated_memory()
        return {
            "device": device and device.name, "torch": torch.__version__, "warm": bool(self._warm), "memory": memory,
        }  # fmt: skip

    def _propagator(self, weights: str, device: str) -> Propagator:
        self._device = chosen = choose_device(device)
        return self._warm(weights, chosen)

    def _source(self, clip: SourceRequest) -> Source:
        """A movie is kept, since all of it must be gone through to count its frames; stills open fast."""
        listed = isinstance(clip.source, tuple)
        fresh = partial(open_source, clip.source, colorspace=clip.colorspace, on_missing=clip.on_missing)
        path = clip.paths[0]
        return fresh() if listed or is_sequence(path) else self._sources(clip, fresh, file_stamp(path))

    def _shot(self, job: MatteJob) -> tuple[Shot, MatteSequence]:
        source = self._source(job.clip)
        mattes = MatteSequence(job.out, job.name, job.format, channel=job.exr_channel)
        settings = Settings(cast(Direction, job.direction), resolution_for(job.weights, job.resolution), job.adapt)
        return make_shot(source, self._loaded(job.keyframes, source.size), job.frames, mattes, settings), mattes

    def _loaded(self, images: tuple[KeyframeImage, ...], size: tuple[int, int]) -> Iterator[Keyframe]:
        self._keyframes.most = len(images)  # those of one job: fewer would push each other out
        for image in images:
            yield self._keyframes((image, size), partial(image.load, size), file_stamp(image.path))


def _inputs(job: MatteJob) -> list[Path]:
    return [*job.clip.paths, *(k.path for k in job.keyframes)]


def _compare_counts(source: Source, counted: int, story: Story) -> None:
    """A host that shows movies by the clock counts more frames than there are where their rate varies."""
    held = len(source.frames)
    if abs(counted - held) > _ROUNDING:
        story.warn(
            f"{source.path.name} has {held} frames, and by its length it should have {counted}: if its frame rate "
            "varies, the matte slides against the picture, so convert it to a constant one first."
        )
