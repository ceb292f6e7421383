# SPDX-License-Identifier: GPL-3.0-or-later
"""A host that talks to a real worker process over pipes, and jobs on a tiny clip with the default weights."""

import json
import os
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
CLIP = ROOT / "examples" / "clip"
ENDS = ("hello", "status", "done", "cancelled", "error", "ok", "released", "bye")
Event = dict[str, Any]


class Host:
    """Starts a worker and keeps what it says.

    before: Python code that runs in the worker's process first, for tests that meddle with it.
    """

    def __init__(self, before: str = "", *, greet: bool = True) -> None:
        code = f"{before}\nimport runpy\nrunpy.run_module('ftpvm.worker', run_name='__main__')"
        environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            [sys.executable, "-c", code], env=environment, stdin=pipe, stdout=pipe, stderr=pipe
        )
        self.events: list[Event] = []
        self.times: list[float] = []  # when each of them was heard
        self.errors: list[str] = []
        self._passed: dict[str | None, int] = {}
        self._lines: queue.Queue[bytes] = queue.Queue()
        for read in (self._read_events, self._read_errors):
            threading.Thread(target=read, daemon=True).start()
        if greet:
            self.send(id="hello", type="hello", protocol=1, host="Test 1.0")
            self.wait("hello")

    def send(self, **message: Any) -> None:
        """Send one message."""
        self.send_bytes(json.dumps(message).encode() + b"\n")

    def send_bytes(self, data: bytes) -> None:
        assert self.process.stdin
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def ask(self, timeout: float = 60, **message: Any) -> Event:
        """Send a request and wait for the event that ends it."""
        self.send(**message)
        return self.wait(message["id"], timeout=timeout)

    def wait(self, id: str | None, event: str = "", timeout: float = 60) -> Event:
        """The next event of a request: of this name, or the one that ends it. What it told before is gone past."""
        while (heard := self.next_of(id, timeout))["event"] not in ((event,) if event else ENDS):
            pass
        return heard

    def next_of(self, id: str | None, timeout: float = 60) -> Event:
        """The next event of a request, whatever it is."""
        until = time.monotonic() + timeout
        while len(self.told(id)) == self._passed.get(id, 0):
            try:
                line = self._lines.get(timeout=max(until - time.monotonic(), 0))
            except queue.Empty:
                last = f"{self.events[-10:]}\n{''.join(self.errors[-20:])}"
                raise AssertionError(f"nothing more of {id} in {timeout} s; last came {last}") from None
            self.events.append(json.loads(line))
            self.times.append(time.monotonic())
        self._passed[id] = self._passed.get(id, 0) + 1
        return self.told(id)[self._passed[id] - 1]

    def told(self, id: str | None, event: str = "") -> list[Event]:
        """All that has been heard of a request, or all its events of one name."""
        return [e for e in self.events if e["id"] == id and event in ("", e["event"])]

    def hang_up(self) -> None:
        """Close the end that the worker writes to; what it says next may still be read."""
        assert self.process.stdout
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, self.process.stdout.fileno())
        os.close(nothing)

    def left(self) -> int:
        """The worker's exit code. It leaves within two seconds, on a busy machine a little later."""
        return self.process.wait(30)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert stream
            stream.close()

    def __enter__(self) -> "Host":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read_events(self) -> None:
        assert self.process.stdout
        for line in iter(self.process.stdout.readline, b""):
            self._lines.put(line)

    def _read_errors(self) -> None:
        assert self.process.stderr
        for line in iter(self.process.stderr.readline, b""):
            self.errors.append(line.decode(errors="replace"))


def job(out: Path, first: int = 0, last: int = 3, **fields: Any) -> dict[str, Any]:
    """The example clip at 128 px, which takes the CPU 20 ms a frame."""
    keyframes = [{"frame": 0, "image": str(CLIP / "trimap.0000.png")}]
    return {
        "source": str(CLIP / "clip.mp4"), "frames": [first, last], "keyframes": keyframes, "out": str(out), "name": "m",
        "resolution": 128, "device": "cpu",
    } | fields  # fmt: skip
