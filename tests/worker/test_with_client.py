# SPDX-License-Identifier: GPL-3.0-or-later
"""The real client with the real worker: a worker that is killed in a job is replaced, and the job goes on."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hosts import ROOT, Event, job

from ftpvm.host.client import Worker


@pytest.fixture
def worker() -> Iterator[Worker]:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    worker = Worker([sys.executable, "-m", "ftpvm.worker"], host_name="Test 1.0", env=environment)
    yield worker
    worker.close()


def listen(worker: Worker, told: list[Event], enough: Callable[[Event], bool]) -> None:
    """Gather what is told until one event is enough."""
    began = time.monotonic()
    while not any(map(enough, told)):
        assert time.monotonic() < began + 60, (told[-5:], worker.stderr_tail())
        told += worker.poll()
        time.sleep(0.005)


@pytest.mark.skipif(sys.platform == "win32", reason="uses signals")
def test_a_killed_worker_is_replaced_and_the_job_goes_on(worker: Worker, tmp_path: Path) -> None:
    keyframes = [job(tmp_path)["keyframes"][0] | {"frame": n} for n in (0, 4, 40)]
    told: list[Event] = []
    worker.submit(job(tmp_path, 0, 40, keyframes=keyframes))
    listen(worker, told, lambda e: e["event"] == "span" and e["state"] == "done")
    os.kill(worker.info["pid"], signal.SIGKILL)
    listen(worker, told, lambda e: e["event"] in ("done", "error"))
    names = [e["event"] for e in told]
    assert names[-1] == "done" and names.count("restarted") == 1
    assert "SIGKILL" in next(e["message"] for e in told if e["event"] == "restarted")
    started = next(e for e in told[names.index("restarted") :] if e["event"] == "started")
    assert started["spans"][0]["state"] == "done" and told[-1]["spans_kept"] >= 1
    assert len(list(tmp_path.glob("m.*.png"))) == 41


def test_it_is_ready_before_the_network(worker: Worker) -> None:
    told: list[Event] = []
    status = worker.request("status")
    listen(worker, told, lambda e: e["id"] == status)
    assert worker.state == "ready" and worker.info["pid"]
    assert told[-1]["event"] == "status" and told[-1]["warm"] is False
