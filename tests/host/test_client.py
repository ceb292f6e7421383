# SPDX-License-Identifier: GPL-3.0-or-later
"""The client against a scripted worker: a real process with failures that can't be had from the real one on demand."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from ftpvm.host.client import Worker
from ftpvm.host.protocol import MAX_LINE, encode

FAKE = Path(__file__).with_name("fake_worker.py")


@pytest.fixture
def hire(tmp_path):
    """A worker that starts in the given way."""
    hired = []

    def new(how="well", **options):
        hired.append(Worker([sys.executable, str(FAKE), how, str(tmp_path)], host_name="a test", **options))
        return hired[-1]

    yield new
    for worker in hired:
        worker.close()


def events_until(worker, wanted, seconds=10.0):
    """All events up to the first for which `wanted` holds."""
    events, deadline = [], time.monotonic() + seconds
    while not any(map(wanted, events)):
        assert time.monotonic() < deadline, events
        time.sleep(0.01)
        events += worker.poll()
    return events


def ending(id):
    return lambda event: event["id"] == id and event["event"] in ("done", "cancelled", "error")


def names(events):
    return [event["event"] for event in events]


def test_a_job_handed_in_before_the_worker_is_up_is_done(hire):
    worker = hire()
    worker.device = "cpu"
    job = worker.submit({"do": "work"})
    assert worker.state == "starting"
    assert names(events_until(worker, ending(job))) == ["queued", "done"]
    assert (worker.state, worker.info["host"], worker.info["device"]) == ("ready", "a test", "cpu")


def test_nothing_waits_for_the_worker(hire):
    worker = hire("deaf")
    began = time.perf_counter()
    worker.submit({"do": "work", "source": ["/a/long/path/frame.png"] * 100_000})  # more than any pipe holds
    for _ in range(10):
        worker.poll()
    assert time.perf_counter() - began < 0.5
    began = time.perf_counter()
    worker.close(timeout=0.2)  # deaf to shutdown and to the end of its stdin: force
    assert time.perf_counter() - began < 1.5


def test_a_crash_is_mended_once_and_the_jobs_go_on_in_order(hire):
    worker = hire()
    first, second = worker.submit({"do": "crash once"}), worker.submit({"do": "work"})
    events = events_until(worker, ending(second))
    restarted = [e for e in events if e["event"] == "restarted"]
    assert [e["id"] for e in restarted] == [first, second]
    assert "out of luck" in restarted[0]["message"]
    assert [(e["id"], e["starts"]) for e in events if e["event"] == "done"] == [(first, 2), (second, 2)]


def test_no_thread_outlives_a_crashed_worker(hire):
    before = threading.active_count()
    worker = hire()
    events_until(worker, ending(worker.submit({"do": "crash once"})))
    worker.close()
    deadline = time.monotonic() + 5
    while threading.active_count() > before:
        assert time.monotonic() < deadline, threading.enumerate()
        time.sleep(0.01)


def test_a_second_crash_is_an_error_with_the_last_words_and_the_next_request_tries_again(hire):
    worker = hire()
    first, second = worker.submit({"do": "crash"}), worker.submit({"do": "work"})
    errors = [e for e in events_until(worker, ending(second)) if e["event"] == "error"]
    assert [(e["id"], e["code"]) for e in errors] == [(first, "worker_crashed"), (second, "worker_crashed")]
    assert "out of luck" in errors[0]["message"] and "out of luck" in errors[0]["stderr"]
    assert worker.state == "failed"
    assert names(events_until(worker, ending(worker.submit({"do": "work"})))) == ["queued", "done"]


def test_last_words_are_of_the_process_that_died(hire):
    worker = hire()
    events_until(worker, ending(worker.submit({"do": "crash once"})))
    worker.submit({"do": "wait"})
    events_until(worker, lambda e: e["event"] == "queued")
    os.kill(worker.info["pid"], signal.SIGKILL)
    (restarted,) = [e for e in events_until(worker, lambda e: e["event"] == "restarted") if e["event"] == "restarted"]
    assert "SIGKILL" in restarted["message"] and "last words" not in restarted["message"]
    assert "out of luck" in worker.stderr_tail()


def test_work_done_after_a_crash_earns_another_restart(hire):
    worker = hire()
    for _ in range(2):
        job = worker.submit({"do": "wait"})
        events_until(worker, lambda e: e["event"] == "queued")
        os.kill(worker.info["pid"], signal.SIGTERM)
        assert "SIGTERM" in events_until(worker, lambda e: e["event"] == "restarted")[0]["message"]
        worker.cancel(job)
        events_until(worker, ending(job))
        assert names(events_until(worker, ending(worker.submit({"do": "work"}))))[-1] == "done"


def test_an_idle_death_is_silent_and_the_next_job_starts_it_again(hire):
    worker = hire()
    events_until(worker, ending(worker.submit({"do": "work"})))
    os.kill(worker.info["pid"], signal.SIGTERM)
    while worker.state == "ready":
        assert worker.poll() == []
    assert worker.state == "stopped"
    assert names(events_until(worker, ending(worker.submit({"do": "work"}))))[-1] == "done"


@pytest.mark.parametrize(
    ("how", "code", "says"),
    [
        ("broken", "worker_crashed", "No module named ftpvm"),
        ("silent", "worker_silent", "0 seconds"),
        ("outdated", "protocol", "Update"),
    ],
)
def test_a_worker_that_cannot_start_says_why_once(hire, tmp_path, how, code, says):
    worker = hire(how, hello_timeout=0.3 if how == "silent" else 60.0)
    job = worker.submit({"do": "work"})
    (error,) = events_until(worker, ending(job))
    assert error["code"] == code and says in error["message"]
    assert worker.state == "failed" and len(list(tmp_path.iterdir())) <= 1


def test_a_failed_start_without_any_job_is_told_too(hire):
    worker = hire("broken")
    worker.start()
    assert [(e["id"], e["code"]) for e in events_until(worker, lambda e: True)] == [(None, "worker_crashed")]


def test_a_missing_program_is_an_event_not_an_exception(tmp_path):
    worker = Worker([str(tmp_path / "no-python"), "-m", "ftpvm.worker"], host_name="a test")
    job = worker.submit({"do": "work"})
    (error,) = worker.poll()
    assert (error["id"], error["code"], worker.state) == (job, "worker_missing", "failed")


def test_a_job_that_is_too_long_for_the_worker_is_an_error_and_the_next_one_is_done(hire):
    worker = hire()
    room = MAX_LINE + 1 - len(encode({"id": "1", "type": "matte", "job": {"do": "work", "source": ""}}))
    long = worker.submit({"do": "work", "source": "x" * (room + 1)})
    assert worker.state == "stopped"
    (error,) = worker.poll()
    assert (error["id"], error["event"], error["code"]) == (long, "error", "protocol")
    assert "fewer pictures" in error["message"]
    longest = worker.submit({"do": "work", "source": "x" * room})
    assert names(events_until(worker, ending(longest))) == ["queued", "done"]


def test_cancelling_before_and_after_the_worker_is_up(hire):
    worker = hire()
    early, late = worker.submit({"do": "wait"}), worker.submit({"do": "wait"})
    worker.cancel(early)
    assert [(e["id"], e["event"]) for e in worker.poll()] == [(early, "cancelled")]
    events_until(worker, lambda e: e["event"] == "queued")
    worker.cancel(late)
    assert events_until(worker, ending(late))[0]["frames_run"] == 1


def test_what_is_cancelled_is_not_started_again_by_a_crash(hire):
    worker = hire()
    doomed, other = worker.submit({"do": "crash once"}), worker.submit({"do": "work"})
    while worker.state != "ready":
        worker.poll()
    worker.cancel(doomed)
    ends = {e["id"]: e["event"] for e in events_until(worker, ending(other)) if ending(e["id"])(e)}
    assert ends == {doomed: "cancelled", other: "done"}


def test_babble_on_either_stream_does_no_harm(hire):
    worker = hire()
    assert names(events_until(worker, ending(worker.submit({"do": "babble"})))) == ["queued", "done"]
    assert "this is no JSON" in worker.stderr_tail()


def test_the_worker_leaves_when_its_host_is_killed(tmp_path):
    script = f"""
import sys, time
from ftpvm.host.client import Worker
worker = Worker([sys.executable, {str(FAKE)!r}, "well", {str(tmp_path)!r}], host_name="a test")
worker.start()
while worker.state != "ready":
    worker.poll()
print(worker.info["pid"], flush=True)
time.sleep(60)
"""
    host = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    pid = int(host.stdout.readline())
    host.kill()
    host.communicate()
    deadline = time.monotonic() + 5
    while _alive(pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _alive(pid):
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rsplit(")", 1)[1].split()[0] != "Z"
