# SPDX-License-Identifier: GPL-3.0-or-later
"""A worker never outlives its host, however that ends, and what it was doing goes on where it was."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hosts import ROOT, Host, job

from ftpvm.worker.server import FLUSH_SECONDS, STOP_SECONDS

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="uses signals")

# A host that starts a worker, gives it a long job, tells the worker's pid when it is under way, and waits.
HOST = """
import json, sys, time
from pathlib import Path
sys.path.insert(0, {tests!r})
from hosts import Host, job
host = Host()
host.send(id="m", type="matte", job=job(Path({out!r}), 0, 47, resolution=512))
host.wait("m", "progress")
print(host.process.pid, flush=True)
time.sleep(100)
"""


def test_it_takes_itself_less_time_than_a_host_may_wait() -> None:
    assert STOP_SECONDS + FLUSH_SECONDS < 2


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


def test_it_leaves_when_its_host_is_killed_and_the_mattes_are_whole(tmp_path: Path) -> None:
    code = HOST.format(tests=str(Path(__file__).parent), out=str(tmp_path / "out"))
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=environment) as host:
        assert host.stdout
        worker = int(host.stdout.readline())
        host.kill()
        killed = time.monotonic()
        while is_alive(worker):
            assert time.monotonic() < killed + 30
            time.sleep(0.02)
    with Host() as host:  # neither the lock nor half a frame is in the way
        ended = host.ask(id="again", type="matte", job=job(tmp_path / "out", 0, 3, resolution=128))
        assert ended["event"] == "done"


@pytest.mark.parametrize("busy", [False, True])
def test_it_leaves_when_the_pipe_closes(tmp_path: Path, busy: bool) -> None:
    with Host() as host:
        if busy:
            host.send(id="m", type="matte", job=job(tmp_path, 0, 47, resolution=256))
            host.wait("m", "progress")
        assert host.process.stdin
        host.process.stdin.close()
        assert host.left() == 0
    if busy:
        assert list((tmp_path / ".ftpvm").rglob("recurrent.safetensors"))


def test_it_leaves_while_it_still_loads(tmp_path: Path) -> None:
    with Host() as host:
        assert host.ask(id="s", type="status")["warm"] is False
        assert host.ask(id="bye", type="shutdown")["event"] == "bye"
        assert host.left() == 0


def test_shutdown_ends_the_job_it_interrupts(tmp_path: Path) -> None:
    with Host() as host:
        host.send(id="m", type="matte", job=job(tmp_path, 0, 47))
        host.send(id="waits", type="matte", job=job(tmp_path, 0, 40))
        host.wait("m", "progress")
        host.send(id="bye", type="shutdown")
        assert host.wait("m")["event"] == host.wait("waits")["event"] == "cancelled"
        assert host.wait("bye")["event"] == "bye"
        assert host.left() == 0


def test_it_leaves_when_nobody_reads_its_answers(tmp_path: Path) -> None:
    with Host() as host:
        host.ask(id="s", type="status")
        host.hang_up()
        with suppress(BrokenPipeError):
            while host.process.poll() is None:  # our reading thread still hears the first answer
                host.send(id="s", type="status")
                time.sleep(0.05)
        assert host.left() == 0


def test_ctrl_c_is_the_hosts_affair(tmp_path: Path) -> None:
    with Host() as host:
        host.process.send_signal(signal.SIGINT)
        assert host.ask(id="s", type="status")["event"] == "status"
