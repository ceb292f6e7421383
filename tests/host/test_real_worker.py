# SPDX-License-Identifier: GPL-3.0-or-later
"""The client with the real worker and real weights: killed in the midst of a job, which is done all the same."""

import os
import signal
import sys
import time
from pathlib import Path

from ftpvm.host.client import Worker

CLIP = Path(__file__).parents[2] / "examples/clip"


def test_a_killed_worker_is_started_again_and_its_job_is_done(tmp_path):
    worker = Worker([sys.executable, "-m", "ftpvm.worker"], host_name="a test")
    job = worker.submit(
        {
            "source": str(CLIP / "clip.mp4"),
            "frames": [0, 5],
            "keyframes": [{"frame": 0, "image": str(CLIP / "trimap.0000.png")}],
            "resolution": 64,
            "device": "cpu",
            "out": str(tmp_path / "out"),
            "name": "matte",
        }
    )
    killed, told, deadline = False, [], time.monotonic() + 120
    while not told or told[-1]["event"] not in ("done", "error"):
        assert time.monotonic() < deadline, (told, worker.stderr_tail())
        told += [event for event in worker.poll() if event["id"] == job]
        if not killed and any(event["event"] == "started" for event in told):
            os.kill(worker.info["pid"], signal.SIGKILL)
            killed = True
        time.sleep(0.01)
    worker.close()
    assert "SIGKILL" in next(event["message"] for event in told if event["event"] == "restarted")
    assert told[-1]["event"] == "done", told[-1]
    assert [path.name for path in sorted(tmp_path.glob("out/*.png"))] == [f"matte.{n:04d}.png" for n in range(6)]
