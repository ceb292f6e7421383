# SPDX-License-Identifier: GPL-3.0-or-later
"""What an artist waits for: the worker to be there, a job on a shot it knows to start, a job to be cancelled."""

import argparse
import sys
import tempfile
import time
from collections import deque
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ftpvm.benchmark.clips import make_movie, make_trimap
from ftpvm.host.client import Worker

POLL_SECONDS = 0.002
FRAMES = 48
SHORT = 8  # frames of a job that is waited for


class Host:
    """A worker and its events with the time they were heard."""

    def __init__(self, device: str) -> None:
        self._worker = Worker([sys.executable, "-m", "ftpvm.worker"], host_name="Benchmark")
        self._device = device
        self._heard: deque[dict[str, Any]] = deque()
        self._frames = 0  # told of so far

    def until(self, id: str, *names: str) -> tuple[dict[str, Any], float]:
        """The next event of a request with one of these names, and when it came; those before it are gone past."""
        while True:
            while self._heard:
                event = self._heard.popleft()
                self._frames += event["event"] == "progress"
                if event.get("id") == id and event["event"] in (*names, "error"):
                    assert event["event"] in names, event
                    return event, time.monotonic()
            time.sleep(POLL_SECONDS)
            self._heard.extend(self._worker.poll())

    def start(self) -> tuple[float, float]:
        """Seconds until the handshake, and until the network is loaded."""
        began = time.monotonic()
        self._worker.start()
        while not self._worker.info:
            self._worker.poll()
            time.sleep(POLL_SECONDS)
        greeted = time.monotonic() - began
        while not self.until(self._worker.request("status"), "status")[0]["warm"]:
            time.sleep(0.05)
        return greeted, time.monotonic() - began

    def run(self, job: dict[str, Any]) -> dict[str, Any]:
        """A job to its end: what it said then, and when its first frame was heard of."""
        began = time.monotonic()
        id = self._worker.submit(job | {"device": self._device})
        _, heard = self.until(id, "progress")
        return self.until(id, "done")[0] | {"heard": heard - began}

    def cancel(self, job: dict[str, Any]) -> tuple[float, int]:
        """Cancel a job at its first frame: seconds until it has ended, and network frames that still came."""
        id = self._worker.submit(job | {"device": self._device})
        _, began = self.until(id, "progress")
        self.until(self._worker.request("cancel", job=id), "ok")
        before = self._frames
        _, at = self.until(id, "cancelled")
        return at - began, self._frames - before

    def close(self) -> float:
        """Seconds until it has gone."""
        began = time.monotonic()
        self._worker.close()
        return time.monotonic() - began


def measure(host: Host, folder: Path, size: tuple[int, int], resolution: int) -> None:
    """One row."""
    movie = folder / f"{size[0]}.mp4"
    keyframes = []
    if not movie.exists():
        make_movie(movie, size, FRAMES)
    for number in (0, FRAMES // 2, FRAMES - 1):
        trimap = folder / f"{size[0]}.{number}.png"
        cv2.imwrite(str(trimap), (make_trimap(number, size) * 255).round().astype(np.uint8))
        keyframes.append({"frame": number, "image": str(trimap)})
    job = {
        "source": str(movie), "out": str(folder / f"out {size[0]} {resolution}"), "name": "m", "resolution": resolution,
    }  # fmt: skip
    short = job | {"frames": [0, SHORT - 1], "keyframes": keyframes[:1]}
    first, same = host.run(short), host.run(short | {"frames": [0, SHORT]})
    corrected = host.run(short | {"keyframes": [keyframes[0] | {"band": [3, 3]}]})
    cancel, frames = host.cancel(job | {"frames": [0, FRAMES - 1], "keyframes": keyframes})
    cells = [
        f"{size[0]}x{size[1]} at {resolution}", *(f"{run['start_seconds']:.2f}" for run in (first, same, corrected)),
        f"{corrected['heard']:.2f}", f"{cancel:.2f}", str(frames),
    ]  # fmt: skip
    print(f"| {' | '.join(cells)} |", flush=True)


def main() -> None:
    """Two sentences and a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--sizes", type=int, nargs="+", default=(512, 1920, 3840), help="widths")
    args = parser.parse_args()
    host = Host(args.device)
    greeted, warm = host.start()
    print(f"Handshake after {greeted:.2f} s, network loaded after {warm:.2f} s.\n")
    print("| clip, resolution | first job | same keyframe | corrected | its first frame | cancel | frames |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for width in args.sizes:
            for resolution in (256, 512):
                measure(host, Path(folder), (width, width * 9 // 16), resolution)
        print(f"\nGone {host.close():.2f} s after the host closes it.")


if __name__ == "__main__":
    main()
