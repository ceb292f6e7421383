# SPDX-License-Identifier: GPL-3.0-or-later
"""One press of Propagate Matte, as a generator that does a little at each step and never waits."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bpy

from . import as_seen, compositor, identity, keyframes, moving, preferences, results, strips
from .errors import UserError
from .homes import is_temporary, matte_home, media_name, seen_folder
from .host.client import Worker
from .host.presses import Press
from .strips import Footage


@dataclass
class Run(Press):
    """A press on a strip, which is looked up by `uid` at each step, since undo frees strips.

    as_seen: whether its footage is a rendering of the strip, whatever the artist has chosen since. keys: the source
    frames of its keyframes, each with a digest of what was drawn there. placed: the artist's file was changed.
    """

    scratch: Path = Path()
    device: str = "auto"
    as_seen: bool = False
    keys: list[tuple[int, str]] = field(default_factory=list)
    placed: bool = False

    def strip(self) -> tuple[bpy.types.Scene, Any]:
        """Raises UserError where the strip is gone."""
        found = identity.strip_or_none(self.uid)
        if found is None:
            raise UserError("The strip is gone; its finished mattes stay in their folder.")
        return found


def steps(run: Run, worker: Worker) -> Generator[None, None, None]:
    """Everything from the press to the matte on the timeline.

    Raises:
        UserError: as its sentence says.
    """
    while moving.is_moving(run.uid):
        run.progress.doing("Moving its mattes to their folder")
        yield
    footage = yield from _footage(run)
    images = yield from _keyframe_images(run, footage)
    _, strip = run.strip()
    job = _job(run, strip, footage, images)
    if is_temporary(strip):
        run.progress.warnings.append(
            "Save the file: until then its mattes are in a folder that Blender deletes when it quits."
        )
    if preferences.is_outdated():
        run.progress.warnings.append("The worker is older than this add-on: press Update Worker in its preferences.")
    run.progress.doing("Waiting for the worker")
    run.job = worker.submit(job)
    for _ in run.followed(lambda: _place(run, footage, job)):
        yield
        yield from _no_rendering()  # which must not see strips change
    if run.error_code == "mask":
        run.progress.fail(f"{run.progress.error} {_advice(run)}".strip())
    _show_corrected(run)


def _no_rendering() -> Generator[None, None, None]:
    """Wait until Blender doesn't render."""
    while bpy.app.is_job_running("RENDER"):
        yield


def _footage(run: Run) -> Generator[None, None, Footage]:
    scene, strip = run.strip()
    run.as_seen = strip.ftpvm.as_seen
    if not run.as_seen:
        if reasons := strips.why_as_seen(strip, scene):
            raise UserError(f"{reasons[0]} Turn on As Seen to render it through the sequencer.")
        return strips.footage_of(strip, scene)
    rendering = as_seen.AsSeen(strip, scene, seen_folder(strip))
    rendering.start()
    try:
        while not rendering.poll():
            run.progress.doing("Rendering the strip as seen", rendering.done, rendering.total)
            yield
    finally:
        rendering.cancel()  # does nothing to one that is done
    return rendering.footage


def _keyframe_images(run: Run, footage: Footage) -> Generator[None, None, list[dict[str, Any]]]:
    scene, strip = run.strip()
    keys = keyframes.keyframes_of(strip, scene, footage)
    if not keys:
        raise UserError("There is no keyframe in the range: key the mask or paint a trimap on a frame of the strip.")
    run.keys = [(key.frame, key.digest) for key in keys]
    run.scratch.mkdir(parents=True, exist_ok=True)
    images = []
    for number, (frame, _) in enumerate(run.keys):
        yield from _no_rendering()  # which lets no other one begin
        run.progress.doing(f"Keyframe {number + 1} of {len(run.keys)}")
        scene, strip = run.strip()
        key = next((key for key in keyframes.keyframes_of(strip, scene, footage) if key.frame == frame), None)
        if key is None:
            raise UserError("A keyframe went away while they were drawn: press again.")
        images.append({"frame": frame, "image": str(key.write(run.scratch)), "band": key.band, "fit": True})
        yield
    return images


def _job(run: Run, strip: Any, footage: Footage, images: list[dict[str, Any]]) -> dict[str, Any]:
    settings, shown = strip.ftpvm, keyframes.shown_frames(strip, footage)
    # A rendering has another size and other numbers: what lies around a range must not be of the other kind.
    name = f"{media_name(strip)}_seen_matte" if run.as_seen else f"{media_name(strip)}_matte"
    # Played backwards, what the artist calls forward goes down in source frames.
    turned = {"forward": "backward", "backward": "forward"} if footage.step < 0 else {}
    return {
        "source": footage.source, "frames": sorted(map(footage.source_frame, (shown[0], shown[-1]))),
        "source_frames": None if run.as_seen else strips.movie_frames_or_none(strip),
        "keyframes": images, "direction": turned.get(settings.direction, settings.direction),
        "resolution": settings.resolution or None, "adapt": settings.adapt, "device": run.device,
        "out": str(matte_home(strip)), "name": name, "format": settings.format,
        "exr_channel": "Y", "replace": True,  # the folder is this strip's alone, whatever file it is relinked to
    }  # fmt: skip


def _advice(run: Run) -> str:
    """What to do here about a picture that isn't the trimap it was taken for."""
    _, strip = run.strip()
    if strip.ftpvm.keyframes_from == "IMAGES":
        return "Here: paint over its edge with the Unknown brush."
    if (strip.ftpvm.keyframes_from, strip.ftpvm.strip_holds) == ("STRIP", "TRIMAPS"):
        return "Here: choose Holds: Mattes or Masks."
    return ""


def _place(run: Run, footage: Footage, job: dict[str, Any]) -> None:
    """Show what there is so far, on the timeline and in the coverage strip."""
    scene, strip = run.strip()
    first, last = job["frames"]
    files = results.MatteFiles(Path(job["out"]), job["name"], job["format"], first, last)
    files = files.with_neighbours(footage.frames)
    with contextlib.suppress(results.NoMatteError):  # stopped before the first
        results.place_matte(scene, strip, footage, files, as_seen=run.as_seen)
        run.placed = True
    _note_in_file(run, strip)


def _show_corrected(run: Run) -> None:
    """Blender keeps pictures of files that were written over."""
    scene, strip = run.strip()
    results.refresh(scene, even_without_sequencer=True)
    compositor.refresh(strip)


def _note_in_file(run: Run, strip: Any) -> None:
    """What is done, and from which keyframes, for the lists and the next time the file is opened."""
    if not run.progress.spans:  # it never came so far as to know
        return
    strip.ftpvm.spans.clear()
    for (first, last), state in sorted(run.progress.spans.items()):
        item = strip.ftpvm.spans.add()
        item.first, item.last, item.state = first, last, "done" if state == "done" else "stale"
    strip.ftpvm.done_keyframes.clear()
    for frame, digest in run.keys:
        key = strip.ftpvm.done_keyframes.add()
        key.frame, key.digest = frame, digest
