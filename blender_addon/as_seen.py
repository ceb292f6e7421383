# SPDX-License-Identifier: GPL-3.0-or-later
"""A strip as the artist sees it, rendered to files by a second Blender, for strips whose own file doesn't show that."""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy

from . import appearance
from .errors import UserError
from .strips import Footage, footage_of, is_our_modifier, timing_of

_PATTERN = "seen.######.png"
_STAMP = "seen.stamp"
_LONGEST = 60.0  # seconds for one frame that the artist waits for


class AsSeenError(UserError):
    """The strip couldn't be rendered. `str(error)` is one sentence the artist can act on."""


def footage_seen(strip: Any, scene: bpy.types.Scene, folder: Path) -> Footage:
    """The footage that rendering a strip into `folder` makes. Raises AsSeenError where it would hold no frame."""
    timing, size = timing_of(strip, as_seen=True), (scene.render.resolution_x, scene.render.resolution_y)
    if timing.timeline_frame(timing.frames[-1]) not in timing.shown:
        raise AsSeenError(f"“{strip.name}” shows nothing but a held frame; let it show its content.")
    return replace(timing, source=str(folder / _PATTERN), size=size)


def footage_chosen(strip: Any, scene: bpy.types.Scene, folder: Path) -> Footage:
    """What the worker reads of a strip, as its settings say. Raises FootageError or AsSeenError."""
    return footage_seen(strip, scene, folder) if strip.ftpvm.as_seen else footage_of(strip, scene)


def frame_seen(strip: Any, scene: bpy.types.Scene, folder: Path, frame: int) -> Path:
    """Render one frame of `footage_seen`, into a folder of its own, and wait for its file. Raises AsSeenError."""
    rendering, deadline = AsSeen(strip, scene, folder, only=frame), time.monotonic() + _LONGEST
    try:
        rendering.start()
        while not rendering.poll():
            if time.monotonic() > deadline:
                raise AsSeenError(
                    f"“{strip.name}” takes more than {_LONGEST:.0f} seconds to render as seen; mute what slows it down."
                )
            time.sleep(0.02)
    finally:
        rendering.cancel()
    return folder / numbered(frame)


class AsSeen:
    """A rendering of all that is shown of a strip, whatever its range, by a Blender that works on a copy of the file.

    The strip is alone there, opaque, without the matte that we made for it, over the whole frame, in the colours of the
    preview. Frames are numbered from where the strip's content starts, so that moving it changes nothing. A frame that
    comes out the same keeps its file. `done` of `total` frames are there; `footage` is what the worker is to read.
    With `only`, nothing but that frame is rendered, and nothing else is kept in the folder.
    """

    def __init__(self, strip: Any, scene: bpy.types.Scene, folder: Path, *, only: int | None = None) -> None:
        self.footage = footage_seen(strip, scene, folder)
        self._folder, self._name = folder, strip.name
        frames = self.footage.frames if only is None else [only]
        self.done, self.total = 0, len(frames)
        self._order = {
            "scene": scene.name, "strip": strip.name, "pattern": self.footage.source,
            "frames": [[number, self.footage.timeline_frame(number)] for number in frames],
            "modifiers_off": [each.name for each in strip.modifiers if is_our_modifier(each, strip)],
            "depth": "16" if getattr(strip, "use_float", False) else "8",
            "use_scripts": not bpy.app.autoexec_fail,
        }  # fmt: skip
        looks = appearance.appearance_or_none(strip, scene)
        self._stamp = looks and f"{looks} {json.dumps(self._order['frames'])}"
        self._process: subprocess.Popen[bytes] | None = None
        self._scratch: Path | None = None
        self._heard, self._complaint = 0, ""  # bytes of the log, and its last line that tells of an error

    def start(self) -> None:
        """Save a copy, which blocks as long as saving does, and let the other Blender begin. Raises AsSeenError.

        Where the strip looks as it did when the folder was filled there is nothing to do.
        """
        if self._is_up_to_date():
            self.done = self.total
            return
        (self._folder / _STAMP).unlink(missing_ok=True)
        self._scratch = Path(tempfile.mkdtemp(prefix="ftpvm-as-seen-", dir=bpy.app.tempdir or None))
        self._folder.mkdir(parents=True, exist_ok=True)
        blend, order = self._scratch / "copy.blend", self._scratch / "order.json"
        try:
            bpy.ops.wm.save_as_mainfile(filepath=str(blend), copy=True, compress=False, relative_remap=True)
        except RuntimeError as error:
            self._clean()
            raise AsSeenError(f"A copy of the file can't be saved to render it ({str(error).strip()}).") from error
        order.write_text(json.dumps({**self._order, "blend": str(blend)}), encoding="utf-8")
        with (self._scratch / "log.txt").open("wb") as log:
            self._process = subprocess.Popen(
                [*_blender(), str(order)], stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )  # fmt: skip

    def poll(self) -> bool:
        """Whether all frames are there; never blocks. Raises AsSeenError."""
        if self._process is None:
            return self.done == self.total
        code = self._process.poll()
        self._hear()
        if code is None:
            return False
        self._clean()
        if self.done < self.total:
            reason = self._complaint or f"it ended with code {code}"
            raise AsSeenError(f"Blender couldn't render “{self._name}” as seen ({reason}).")
        self._forget_other_frames()
        if self._stamp:
            (self._folder / _STAMP).write_text(self._stamp, encoding="utf-8")
        return True

    def cancel(self) -> None:
        """End the other Blender. What it rendered stays; nothing happens where it is done."""
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._clean()

    def _is_up_to_date(self) -> bool:
        stamp = self._folder / _STAMP
        if not (self._stamp and stamp.is_file() and stamp.read_text(encoding="utf-8") == self._stamp):
            return False
        return all((self._folder / numbered(number)).is_file() for number, _ in self._order["frames"])

    def _hear(self) -> None:
        """Read on in the log, up to its last whole line."""
        with (self._scratch / "log.txt").open("rb") as log:
            log.seek(self._heard)
            lines = log.read().split(b"\n")[:-1]
        self._heard += sum(len(line) + 1 for line in lines)
        self.done += sum(line.startswith(b"FTPVM ") for line in lines)
        complaints = [line for line in lines if b"rror" in line]
        if complaints:
            self._complaint = complaints[-1].decode("utf-8", "replace").strip()

    def _clean(self) -> None:
        self._process = None
        if self._scratch:
            shutil.rmtree(self._scratch, ignore_errors=True)
        for part in self._folder.glob("seen.*.part"):
            part.unlink(missing_ok=True)

    def _forget_other_frames(self) -> None:
        """Those of an earlier, longer strip: they would be read as this one's."""
        mine = {numbered(number) for number, _ in self._order["frames"]}
        for path in self._folder.glob("seen.*.png"):
            if path.name not in mine:
                path.unlink()


def numbered(frame: int) -> str:
    """The file name of a rendered frame."""
    return _PATTERN.replace("######", f"{frame:06d}")


def _blender() -> list[str]:
    """The command that runs `render_strip.py`; in the bpy module there is no Blender but Python itself."""
    script = str(Path(__file__).with_name("render_strip.py"))
    if not bpy.app.binary_path:
        return [sys.executable, script]
    return [
        bpy.app.binary_path,
        "--background",
        "--factory-startup",
        "--python-exit-code",
        "1",
        "--python",
        script,
        "--",
    ]
