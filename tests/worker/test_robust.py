# SPDX-License-Identifier: GPL-3.0-or-later
"""What a worker survives: rubbish on its pipe, libraries that print, a full disk. And it keeps off the network."""

import random
import sys
import time
from pathlib import Path

import pytest
from hosts import Host, job

from ftpvm.host.protocol import MAX_LINE


@pytest.mark.parametrize("length", [MAX_LINE - 100, MAX_LINE + 1, 10 * 2**20])
def test_a_huge_line(host: Host, length: int) -> None:
    id = f"huge {length}"
    line = b'{"id":"' + id.encode() + b'","type":"status","padding":"'
    host.send_bytes(line + b"x" * (length - len(line) - 2) + b'"}\n')
    if length <= MAX_LINE:
        assert host.wait(id)["event"] == "status"
    else:
        assert "longer than" in host.wait(None)["message"]
    assert host.ask(id=f"after {length}", type="status")["event"] == "status"


def test_rubbish(host: Host) -> None:
    rubbish = random.Random(1).randbytes(20000).replace(b"\n", b"")
    lines = [
        rubbish,
        b"\0" * 1000,
        b"[" * 200000,
        b'{"id": "x", "type": "matte", "job": NaN}',
        b'{"id": "' + b"\xff" * 9,
    ]
    for line in lines:
        host.send_bytes(line + b"\n")
        assert host.wait(None)["code"] == "protocol"
    host.send_bytes(b"\n  \n")
    assert host.ask(id="after rubbish", type="status")["event"] == "status"


def test_an_id_in_use_is_refused(host: Host, tmp_path: Path) -> None:
    host.send(id="used", type="matte", job=job(tmp_path, 0, 5))
    host.send(id="used", type="status")
    assert "isn't over" in host.wait("used", "error")["message"]
    assert host.wait("used")["event"] == "done"


PRINTS = """
import os, subprocess, sys, threading, time

def print_all_the_time():
    while True:
        print("a print")
        os.write(1, b"a library in C\\n")
        subprocess.run([sys.executable, "-c", "import sys; print(repr(sys.stdin.read()))"])
        time.sleep(0.05)

import ftpvm.worker.pipes
take = ftpvm.worker.pipes.take_pipes

def take_pipes():
    pipes = take()
    threading.Thread(target=print_all_the_time, daemon=True).start()
    return pipes

ftpvm.worker.pipes.take_pipes = take_pipes
"""


def test_what_others_print_goes_to_stderr_and_they_cant_read_requests(tmp_path: Path) -> None:
    with Host(PRINTS) as host:
        ended = host.ask(id="m", type="matte", job=job(tmp_path, 0, 2))
        assert ended["event"] == "done"
        heard = set(host.errors)
    assert {"a print\n", "a library in C\n", "''\n"} <= heard
    assert {e["id"] for e in host.events} == {"hello", "m"}


NO_SOCKETS = """
import sys

def refuse(event, arguments):
    if event.startswith("socket."):
        sys.stderr.write(f"SOCKET {event} {arguments}\\n")

sys.addaudithook(refuse)
"""


def test_it_never_opens_a_socket(tmp_path: Path) -> None:
    with Host(NO_SOCKETS) as host:
        assert host.ask(id="m", type="matte", job=job(tmp_path, 0, 2))["event"] == "done"
        descriptors = Path(f"/proc/{host.process.pid}/fd")
        if sys.platform == "linux":
            assert not [p for p in descriptors.iterdir() if str(p.readlink()).startswith("socket:")]
        assert host.ask(id="bye", type="shutdown")["event"] == "bye"
        host.left()
    assert not [line for line in host.errors if "SOCKET" in line]


WATCHED_GPU = """
import sys, torch

def asked():
    sys.stderr.write("CUDA was asked for\\n")
    return False

torch.cuda.is_available = asked
"""


@pytest.mark.parametrize("device", ["auto", "cpu"])
def test_the_gpu_is_left_alone_where_the_host_says_cpu(device: str) -> None:
    with Host(WATCHED_GPU, greet=False) as host:
        host.ask(id="hello", type="hello", protocol=1, host="Test 1.0", device=device)
        until = time.monotonic() + 60
        while not (status := host.ask(id="s", type="status"))["warm"]:
            assert time.monotonic() < until
            time.sleep(0.05)
        assert status["device"] == "cpu"
        assert any("CUDA" in line for line in host.errors) == (device == "auto")


@pytest.mark.skipif(sys.platform == "win32", reason="there is no limit to set")
def test_a_full_disk_is_told_and_the_next_job_runs(tmp_path: Path) -> None:
    limit = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (3000, resource.RLIM_INFINITY))"
    with Host(limit) as host:
        ended = host.ask(id="full", type="matte", job=job(tmp_path, 0, 2))
        assert (ended["event"], ended["code"]) == ("error", "disk_full") and "free some space" in ended["message"]
        assert not list(tmp_path.glob("*.png"))
        assert host.ask(id="next", type="status")["running"] is None


def test_a_python_that_lacks_torch_is_told_by_every_job(tmp_path: Path) -> None:
    with Host("import sys\nsys.modules['torch'] = None") as host:
        for id in ("first", "second"):
            ended = host.ask(id=id, type="matte", job=job(tmp_path, 0, 2))
            assert ended["code"] == "missing_dependency" and "torch" in ended["message"]
        assert host.ask(id="s", type="status")["warm"] is False
