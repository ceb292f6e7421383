# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens between the keys and the picture: live or painting, the keyframes, the recording. Knows no window."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path

from ftpvm.errors import OutputError, TrimapError
from ftpvm.propagation.settings import working_size

from .camera import Camera
from .capture import Capture
from .engine import Floats, LiveKeyframe, LiveMatting
from .matting import MattingThread
from .painting import Brush, Painting, Point
from .rate import RateHolder
from .recorder import Recording, RecordingSettings
from .views import Backgrounds, Picture, Size, View, live_picture, painting_picture

_SHOWN = 6.0  # seconds a message stays
_RADII = 1.0, 400.0  # px of the frame
_STEP = 1.25  # between two sizes of the brush


class Session:
    """All that the window shows; the methods without a result are what keys and mouse do.

    painting: on a frozen frame, None while live. brush: None is the box. box: its corners while it is dragged.
    radius: the brush's, in px of the frame. help: whether the keys are shown. closed: the user wants to leave.
    recorded: movies that are whole. problems: sentences about recordings that ended badly. lost: whether a movie is
    missing for one of them.
    """

    def __init__(
        self, camera: Camera, matting: tuple[LiveMatting, RateHolder], backgrounds: Backgrounds,
        settings: RecordingSettings,
    ) -> None:  # fmt: skip
        self.view, self.help, self.closed = View.COMPOSITE, True, False
        self.painting: Painting | None = None
        self.brush: Brush | None = None
        self.box: tuple[Point, Point] | None = None
        self.radius = max(2.0, max(camera.size) / 40)
        self.recorded: list[Path] = []
        self.problems: list[str] = []
        self.lost = False
        self._capture = Capture(camera)
        self._matting = MattingThread(matting[0], self._capture.frames, matting[1])
        self._backgrounds, self._settings = backgrounds, settings
        self._recording: Recording | None = None
        self._message, self._until = "", 0.0
        self._pen: Point | None = None  # where the brush is, while it paints
        self._grabcut = ThreadPoolExecutor(1, "ftpvm-grabcut")
        self._cutting: Future[Floats] | None = None
        self._then: Callable[[], None] | None = None  # what was asked for meanwhile, for when it is cut out
        self._drawn: tuple[object, Picture] | None = None

    def tick(self) -> None:
        """What other threads have finished meanwhile; raises what went wrong in them for good."""
        for thread in (self._capture, self._matting):
            if thread.error is not None:
                raise thread.error
        if self._cutting is not None and self._cutting.done():
            self._take_cut(self._cutting)
        if self._recording is not None and not self._recording.running:
            self._end_recording(self._recording)

    @property
    def recording(self) -> bool:
        return self._recording is not None

    def close(self) -> None:
        """End all threads; a recording under way is finished."""
        if self._recording is not None:
            self._end_recording(self._recording)
        self._grabcut.shutdown(cancel_futures=True)
        self._matting.stop()
        self._capture.stop()

    # What is shown

    @property
    def frame_size(self) -> Size:
        """(width, height) of the frame that is shown."""
        result = self._matting.results.newest
        if self.painting is not None:
            return self.painting.frame.size
        return self._capture.camera.size if result is None else result.frame.size

    def picture(self, size: Size) -> Picture | None:
        """uint8 (h, w, 3) of `size`; the same array as before if nothing changed; None before the first frame."""
        painting, result = self.painting, self._matting.results.newest
        if painting is None and result is None:
            return None
        shown = (painting, painting.version) if painting else (result, self.view, self._backgrounds.word)
        if self._drawn is None or self._drawn[0] != (shown, size):
            if painting is not None:
                picture = painting_picture(painting, size)
            else:
                assert result is not None
                picture = live_picture(result, self.view, self._backgrounds, size)
            self._drawn = (shown, size), picture
        return self._drawn[1]

    @property
    def status(self) -> list[str]:
        """What goes on, in a few words each."""
        if self.painting is not None:
            tool = "box" if self.brush is None else f"{self.brush.name.lower()} brush {2 * self.radius:.0f} px"
            words = ["frozen", tool]
        else:
            keyframes = len(self._matting.keyframes)
            over = (
                f"{self.view} over {Path(self._backgrounds.word).name}" if self.view == "composite" else str(self.view)
            )
            words = [over if keyframes else "camera", f"{keyframes} keyframe{'' if keyframes == 1 else 's'}"]
        if self._recording is not None:
            doing = "saving" if self._recording.stopped else "recording"
            words.append("{} {:.0f}:{:02.0f}".format(doing, *divmod(int(self._recording.seconds), 60)))
            if self._recording.left_out:
                words.append(f"{self._recording.left_out} frames left out")
        return words

    @property
    def message(self) -> str:
        """A sentence for the user; empty most of the time."""
        problem = self._capture.problem or self._matting.problem
        if problem or self._cutting is not None:
            return problem or "Cutting out ..."
        if time.monotonic() < self._until:
            return self._message
        return "" if self._matting.keyframes or self.painting else "Press Space to freeze a frame and mark the object."

    @property
    def speed(self) -> str:
        """The frame rate, and the size that the network works at for it."""
        rate = f"{self._matting.rate:.1f} frames/s"
        width, height = working_size(self.frame_size, self._matting.resolution)
        return f"{rate} at {width}x{height}" if self._matting.keyframes else rate

    def say(self, sentence: str) -> None:
        """Show a sentence for a while."""
        self._message, self._until = sentence, time.monotonic() + _SHOWN

    # Live

    def show(self, view: View) -> None:
        self.view = view

    def change_background(self) -> None:
        self._backgrounds.change()

    def record(self) -> None:
        """Begin a recording, or end it: its movies are there some ticks later."""
        if self._recording is not None:
            self._recording.stop()
        elif self._matting.keyframes:
            results, fps = self._matting.results, self._capture.camera.fps
            try:
                self._recording = Recording(results, fps, self._settings, self._backgrounds)
            except OutputError as error:
                self.say(str(error))
        else:
            self.say("There is nothing to record yet: freeze a frame (Space) and mark the object first.")

    def toggle_help(self) -> None:
        self.help = not self.help

    def leave(self) -> None:
        self.closed = True

    def freeze(self) -> None:
        """The newest frame, with what the network thinks of it, to be painted on."""
        result = self._matting.results.newest
        if result is None:
            self.say("There is no picture yet.")
        else:
            self.painting = Painting(result.frame, result.trimap)

    # On the frozen frame

    def thaw(self) -> None:
        """Live again, without a new keyframe."""
        self.painting = self._pen = self.box = self._then = None
        if self._cutting is not None:
            self._cutting.cancel()
            self._cutting = None

    def go(self, *, add: bool = False) -> None:
        """What is painted becomes the keyframe, or one more; what is being cut out, once it is."""
        if self.painting is None:
            return
        if self._cutting is not None:
            self._then = partial(self.go, add=add)
            return
        try:
            keyframe = LiveKeyframe(self.painting.frame, self.painting.trimap())
        except TrimapError as error:
            self.say(str(error))
            return
        self._matting.keyframes = (*(self._matting.keyframes if add else ()), keyframe)
        self._until = 0.0
        self.thaw()

    def choose(self, brush: Brush | None) -> None:
        """A brush, or with None the box."""
        self.brush = brush

    def resize_brush(self, steps: int) -> None:
        """Larger, or with negative steps smaller."""
        self.radius = min(max(self.radius * _STEP**steps, _RADII[0]), _RADII[1])

    def undo(self) -> None:
        self._pen = None  # a stroke that is taken back can't go on
        if self.painting is not None and not self.painting.undo():
            self.say("There is nothing to undo.")

    def clear(self) -> None:
        self._pen = None
        if self.painting is not None:
            self.painting.clear()

    def cut_strokes(self) -> None:
        """Let GrabCut complete the strokes."""
        if self.painting is not None:
            self._cut(self.painting.cut_strokes())

    def press_at(self, point: Point) -> None:
        """The mouse button goes down at a point of the frame."""
        if self.painting is None or self._cutting is not None:
            return
        if self.brush is None:
            self.box = point, point
            return
        self.painting.begin_stroke()
        self._pen = point
        self.drag_to(point)

    def drag_to(self, point: Point) -> None:
        """It moves while down."""
        if self.box is not None:
            self.box = self.box[0], point
        elif self._pen is not None and self.painting is not None and self.brush is not None:
            self.painting.stroke(self._pen, point, self.radius, self.brush)
            self._pen = point

    def release(self) -> None:
        """It goes up."""
        box, self.box, self._pen = self.box, None, None
        if box is not None and self.painting is not None:
            self._cut(self.painting.box(*box))

    # Work in other threads

    def _cut(self, work: Callable[[], Floats]) -> None:
        self._pen = None
        if self._cutting is None:
            self._cutting = self._grabcut.submit(work)

    def _take_cut(self, cutting: "Future[Floats]") -> None:
        then, self._cutting, self._then = self._then, None, None
        try:
            trimap = cutting.result()
        except TrimapError as error:
            self.say(str(error))
            return
        if self.painting is not None:
            self.painting.set_cut(trimap)
            if then is not None:
                then()

    def _end_recording(self, recording: Recording) -> None:
        self._recording = None
        recording.finish()
        self.recorded += recording.paths
        self.lost |= recording.lost
        self.problems += filter(None, [recording.problem])
        kept = f"Recorded {' and '.join(path.name for path in recording.paths)}." if recording.paths else ""
        self.say(" ".join(filter(None, [recording.problem, kept])) or "Nothing was recorded: no frame came meanwhile.")
