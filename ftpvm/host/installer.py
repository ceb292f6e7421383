# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands run one after the other, polled from the host's timer: live output, cancel, and how it ended in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

from .child import STDOUT, Child, clean_environment

RUNNING, DONE, FAILED, CANCELLED = "running", "done", "failed", "cancelled"
Report = dict[str, Any]  # what `ftpvm doctor --json` prints
_MISLEADING = (
    "PIP_USER",
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_REQUIRE_VIRTUALENV",
)  # install elsewhere or not at all


class Step(NamedTuple):
    """is_check: its last line is the doctor's report, which decides instead of the exit code."""

    title: str
    command: list[str]
    is_check: bool = False


class Installer:
    """Runs `steps`; calls `finished(report)` when all went well and the check, if there is one, said usable, and
    `failed(step)` with the one that failed.

    state: "running", "done", "failed" or "cancelled". step: the number of the running one. lines: all output.
    message: how it ended, or what it is doing. report: the check's, None without one.
    """

    def __init__(
        self,
        steps: list[Step],
        finished: Callable[[Report], None] = lambda report: None,
        failed: Callable[[Step], None] = lambda step: None,
    ) -> None:
        self.steps, self.state, self.step = steps, RUNNING, 0
        self.lines: list[str] = []
        self.message = steps[0].title
        self.report: Report | None = None
        self._finished, self._failed = finished, failed
        self._child: Child | None = None
        self._said: list[str] = []  # by the running step, on its stdout

    def poll(self) -> list[str]:
        """Go on, without waiting; returns the lines that came since the last call."""
        if self.state != RUNNING:
            return []
        if self._child is None and not self._begin():
            return []
        assert self._child is not None
        ended = self._child.ended
        heard = [(stream, line.decode("utf-8", "replace").rstrip()) for stream, line in self._child.lines()]
        self._said += [line for stream, line in heard if stream == STDOUT]
        new = [line for _, line in heard if line]
        self.lines += new
        if ended:
            self._end_step(self._child.returncode or 0)
        return new

    def cancel(self) -> None:
        """Kill what runs. The next set-up makes good what it left behind."""
        if self.state == RUNNING:
            self._stop(CANCELLED, "Cancelled")

    def _begin(self) -> bool:
        step = self.steps[self.step]
        self.message, self._said = step.title, []
        env = {name: value for name, value in clean_environment().items() if name not in _MISLEADING}
        try:
            self._child = Child(step.command, {**env, "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"})
        except OSError as error:
            self._stop(FAILED, f"{step.title} failed: {step.command[0]} can't be started ({error.strerror or error}).")
            return False
        self._child.close_input()  # nobody is there to answer a question
        return True

    def _end_step(self, returncode: int) -> None:
        step, self._child = self.steps[self.step], None
        if step.is_check:
            self.report = _report(self._said)
        if step.is_check and self.report is not None and not self.report["usable"]:
            self._stop(FAILED, _worst(self.report))
        elif returncode or (step.is_check and self.report is None):
            self._stop(FAILED, f"{step.title} failed: {self._last_words()}")
        elif self.step + 1 < len(self.steps):
            self.step += 1
            self.message = self.steps[self.step].title
        else:
            self._conclude()

    def _conclude(self) -> None:
        try:
            self._finished(self.report or {})
        except OSError as error:
            self._stop(FAILED, f"What was installed can't be recorded ({error}).")
        else:
            self._stop(DONE, "Done")

    def _stop(self, state: str, message: str) -> None:
        self.state, self.message = state, message
        child, self._child = self._child, None
        if child is not None:
            child.kill()
        if state == FAILED:
            self._failed(self.steps[self.step])

    def _last_words(self) -> str:
        """pip's last error, or else the last line."""
        told = [line for line in self.lines if line.startswith("ERROR: ")] or self.lines or ["it said nothing"]
        return told[-1].removeprefix("ERROR: ").strip()


def _report(said: list[str]) -> Report | None:
    with suppress(ValueError, IndexError):
        report = json.loads(said[-1])
        if isinstance(report, dict) and {"usable", "findings"} <= report.keys():
            return report
    return None


def _worst(report: Report) -> str:
    broken = [finding for finding in report["findings"] if finding["status"] == "broken"]
    told = [f"{f['name']}: {f['detail']}" + (f" -> {f['todo']}" if f["todo"] else "") for f in broken[:1]]
    return f"It is installed but can't matte. {''.join(told)}"
