# SPDX-License-Identifier: GPL-3.0-or-later
"""The host's end of the worker: one process, started when needed, polled from the host's timer, restarted once."""

from __future__ import annotations

import itertools
import signal
import time
from collections import deque
from contextlib import suppress
from typing import Any

from . import protocol
from .child import STDERR, Child
from .protocol import Message

STOPPED, STARTING, READY, FAILED = "stopped", "starting", "ready", "failed"
_TAIL = 50  # lines of stderr to keep


class Worker:
    """A worker process and the requests it hasn't ended. Call `poll` from a timer.

    No method blocks but `close`, and `poll` for a second at most where it gives up on a process.

    `command` starts it, e.g. [python, "-m", "ftpvm.worker"]. `env` is its whole environment (None: the host's, without
    what redirects Python). `state`: "stopped", "starting", "ready" or "failed"; `info`: its reply to hello. `device`:
    where a process that starts from now on loads its network before any job.

    Where it dies with unfinished requests it is started again, once, and they are sent again (event "restarted" for
    each). Where it dies a second time before anything was done, can't be started or stays silent for `hello_timeout`
    seconds, each of them ends with an "error" event whose "stderr" holds its last lines; with no request under way
    there is one such event with id None. The next request tries a fresh process.
    """

    def __init__(
        self, command: list[str], *, host_name: str, env: dict[str, str] | None = None, hello_timeout: float = 60.0
    ) -> None:
        self.state = STOPPED
        self.info: Message = {}
        self.device = "auto"
        self._command, self._host_name, self._env, self._hello_timeout = command, host_name, env, hello_timeout
        self._child: Child | None = None
        self._ids = (str(number) for number in itertools.count(1))
        self._hello = ""  # the id of the handshake under way
        self._deadline = 0.0  # when the handshake is late, on the monotonic clock
        self._restarted = False
        self._unfinished: dict[str, bytes] = {}  # requests by id, as lines, in the order they were made
        self._cancelled: set[str] = set()
        self._events: list[Message] = []
        self._stderr: deque[str] = deque(maxlen=_TAIL)
        self._words = ""  # the last that the current process said there

    def start(self) -> None:
        """Start the process unless it runs; whether it came up is told by `poll` and `state`."""
        if self._child is None:
            self._restarted = False
            self._spawn()

    def submit(self, job: dict[str, Any]) -> str:
        """Ask for a matte; returns the job's id."""
        return self.request(protocol.MATTE, job=job)

    def request(self, type: str, **fields: Any) -> str:
        """Ask for anything; returns the request's id. Starts the process where none runs; sent once that is ready.

        One that is too long for the worker is answered with an "error" event.
        """
        id = next(self._ids)
        line = protocol.encode({"id": id, "type": type, **fields})
        if len(line) > protocol.MAX_LINE + 1:
            self._refuse(id, len(line))
            return id
        self._unfinished[id] = line
        self.start()
        if self.state == READY:
            self._send(line)
        return id

    def cancel(self, job_id: str) -> None:
        """End a request early: a "cancelled" event follows, or the ending that was already on its way."""
        if job_id not in self._unfinished or job_id in self._cancelled:
            return
        self._cancelled.add(job_id)
        if self.state == READY:
            self._send(protocol.encode({"id": next(self._ids), "type": protocol.CANCEL, "job": job_id}))
        else:
            self._drop_cancelled()

    def poll(self) -> list[Message]:
        """What happened since the last call, oldest first."""
        child = self._child
        if child is not None:
            ended = child.ended  # asked first: then the lines below are all it ever said
            for stream, line in child.lines():
                self._hear(stream, line)
            if child is self._child:
                self._look_after(child, ended)
        events, self._events = self._events, []
        return events

    def stderr_tail(self) -> list[str]:
        """The last lines the worker wrote to stderr."""
        return list(self._stderr)

    def close(self, timeout: float = 2.0) -> None:
        """Forget all requests and end the process, by force after `timeout` seconds."""
        child, self._child, self.state = self._child, None, STOPPED
        self._unfinished.clear()
        self._cancelled.clear()
        self._events.clear()
        if child is not None:
            child.send(protocol.encode({"id": next(self._ids), "type": protocol.SHUTDOWN}))
            child.close_input()
            if not child.wait(timeout):
                child.kill()

    def _spawn(self) -> None:
        self.state, self.info, self._hello, self._words = STARTING, {}, next(self._ids), ""
        self._deadline = time.monotonic() + self._hello_timeout
        try:
            self._child = Child(self._command, self._env)
        except OSError as error:
            why = f"{self._command[0]} can't be started ({error.strerror or error})"
            self._fail(protocol.MISSING_CODE, f"{why}: set up the worker again or choose another Python for it.")
        else:
            hello = {"protocol": protocol.PROTOCOL, "host": self._host_name, "device": self.device}
            self._send(protocol.encode({"id": self._hello, "type": protocol.HELLO, **hello}))

    def _send(self, line: bytes) -> None:
        assert self._child is not None
        self._child.send(line)

    def _refuse(self, id: str, length: int) -> None:
        """End a request whose line the worker wouldn't read, and couldn't say of which request it is."""
        message = (
            f"The list of this run's pictures and keyframes is {length / 2**20:.1f} MiB long, and the worker takes "
            f"{protocol.MAX_LINE // 2**20}: give it fewer pictures at a time, a shorter path to them, or a movie."
        )
        self._events.append({"id": id, "event": protocol.ERROR, "code": protocol.PROTOCOL_CODE, "message": message})

    def _hear(self, stream: str, line: bytes) -> None:
        message = None
        if stream != STDERR:
            with suppress(protocol.ProtocolError):
                message = protocol.decode(line)
        if message is None:
            self._stderr.append(line.decode("utf-8", "replace"))
            self._words = self._stderr[-1].strip() or self._words
        elif message.get("id") == self._hello:
            self._on_greeting(message)
        else:
            self._on_event(message)

    def _on_greeting(self, message: Message) -> None:
        if message.get("event") == protocol.ERROR:
            self._fail(str(message.get("code")), str(message.get("message")))
        elif message.get("event") == protocol.HELLO and self.state == STARTING:
            self.state, self.info = READY, message
            for line in self._unfinished.values():
                self._send(line)

    def _on_event(self, message: Message) -> None:
        self._events.append(message)
        event, id = message.get("event"), message.get("id")
        if event in protocol.ENDINGS and id in self._unfinished:
            del self._unfinished[id]
            self._cancelled.discard(id)
        if event == protocol.DONE:
            self._restarted = False  # it works again: the next crash may be mended too

    def _look_after(self, child: Child, ended: bool) -> None:
        """Deal with a child that died or never answered."""
        if ended:
            self._child = None
            self._on_death(child)
        elif self.state == STARTING and time.monotonic() > self._deadline:
            late = f"The worker didn't answer within {self._hello_timeout:.0f} seconds{self._last_words()}"
            self._fail(protocol.SILENT_CODE, f"{late}. Try again; if it stays silent, check its set-up.")

    def _on_death(self, child: Child) -> None:
        greeted, self.state = self.state == READY, STOPPED
        child.close_input()  # ends the thread that writes to it
        self._drop_cancelled()
        how = _cause_of_death(child.returncode) + self._last_words()
        if not greeted and not self._restarted:
            self._fail(protocol.CRASHED_CODE, f"The worker couldn't start: {how}. Set it up again.")
        elif greeted and not self._unfinished:
            return  # nobody waits for it; the next request starts it again
        elif self._restarted:
            again = "Run it again; if it goes on, check the worker's set-up."
            self._fail(protocol.CRASHED_CODE, f"The worker stopped twice: {how}. {again}")
        else:
            self._restarted = True
            for id in self._unfinished:
                message = f"The worker stopped ({how}); it was started again and goes on."
                self._events.append({"id": id, "event": protocol.RESTARTED, "message": message})
            self._spawn()

    def _drop_cancelled(self) -> None:
        """End what was cancelled and no process will ever answer for."""
        for id in [id for id in self._unfinished if id in self._cancelled]:
            del self._unfinished[id]
            self._events.append({"id": id, "event": protocol.CANCELLED, "frames_run": 0})
        self._cancelled.clear()

    def _fail(self, code: str, message: str) -> None:
        """Give up on this process: every request ends with the reason."""
        child, self._child, self.state = self._child, None, FAILED
        if child is not None:
            child.kill()
        self._drop_cancelled()
        ids: list[str | None] = [*self._unfinished]
        for id in ids or [None]:
            error = {"id": id, "event": protocol.ERROR, "code": code, "message": message}
            self._events.append({**error, "stderr": self.stderr_tail()})
        self._unfinished.clear()

    def _last_words(self) -> str:
        return f', its last words: "{self._words}"' if self._words else ""


def _cause_of_death(returncode: int | None) -> str:
    if returncode is not None and returncode < 0:
        with suppress(ValueError):
            return f"ended by {signal.Signals(-returncode).name}"
    return f"exit code {returncode}"
