# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers what the host asks, and leaves when the host has gone. The work itself is done in a thread (work.py)."""

import os
import platform
import signal
import threading
from collections.abc import Callable

from ftpvm import __version__
from ftpvm.host import protocol
from ftpvm.host.protocol import Message, ProtocolError
from ftpvm.worker import requests
from ftpvm.worker.jobs import Errand
from ftpvm.worker.pipes import Outbox, messages, take_pipes
from ftpvm.worker.requests import Fields
from ftpvm.worker.work import Work

STOP_SECONDS, FLUSH_SECONDS = 1.4, 0.3  # together less than the two seconds a host may wait


def serve() -> None:
    """Serve the host at the other end of stdin and stdout; doesn't return."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in the host's terminal is the host's to answer
    incoming, outgoing = take_pipes()
    server = Server(outbox := Outbox(outgoing, on_lost=lambda: server.leave()))
    for message in messages(incoming):
        if isinstance(message, ProtocolError):
            outbox.send(None, protocol.ERROR, code=protocol.PROTOCOL_CODE, message=str(message))
        else:
            server.answer(message)
    server.leave()


class Server:
    """Knows what to do with every type of request."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._greeted = False
        self._leaving = threading.Lock()
        self._work = Work(outbox.send)
        self._handlers: dict[str, Callable[[str, Fields], None]] = {
            protocol.HELLO: self._hello, protocol.MATTE: self._matte, protocol.CANCEL: self._cancel,
            protocol.PREVIEW: self._preview, protocol.TRIMAP: self._trimap, protocol.STATUS: self._status,
            protocol.RELEASE: self._release, protocol.SHUTDOWN: self._shutdown,
        }  # fmt: skip

    def answer(self, message: Message) -> None:
        """Answer one message, whatever it is."""
        id = None
        try:
            id = requests.request_id(message)
            type, fields = requests.request_fields(message)
            if not self._greeted and type != protocol.HELLO:
                raise ProtocolError('Say "hello" first.')
            if self._work.jobs.holds(id):
                raise ProtocolError(f"The id {id!r} is that of a request which isn't over; take another.")
            self._handlers[type](id, fields)
        except ProtocolError as error:
            self._outbox.send(id, protocol.ERROR, code=protocol.PROTOCOL_CODE, message=str(error))

    def leave(self, asked_by: str | None = None) -> None:
        """Stop what runs, give it a moment to save, say goodbye to the request that asked, and end this process."""
        self._leaving.acquire()  # never released: one thread leaves for all
        self._work.stop(STOP_SECONDS)
        if asked_by:
            self._outbox.send(asked_by, protocol.BYE)
        self._outbox.flush(FLUSH_SECONDS)
        os._exit(0)

    def _hello(self, id: str, fields: Fields) -> None:
        theirs, host = fields("protocol", requests.number), fields("host", requests.text)
        device = fields("device", requests.text, "auto")
        if theirs != protocol.PROTOCOL:
            old, new = (host, "ftpvm") if theirs < protocol.PROTOCOL else ("ftpvm", host)
            raise ProtocolError(
                f"ftpvm {__version__} speaks protocol {protocol.PROTOCOL} and {host} speaks {theirs}: "
                f"update {'the add-on in ' + old if old == host else old}, which is older than {new}."
            )
        self._outbox.send(
            id, protocol.HELLO, protocol=protocol.PROTOCOL, version=__version__, python=platform.python_version(),
            pid=os.getpid(), capabilities=list(protocol.REQUESTS),
        )  # fmt: skip
        self._accept(id, fields)
        if not self._greeted:
            self._greeted = True
            self._work.start(device)

    def _matte(self, id: str, fields: Fields) -> None:
        job = requests.matte_job(fields)
        self._accept(id, fields)
        self._work.jobs.add(id, job)

    def _cancel(self, id: str, fields: Fields) -> None:
        job = fields("job", requests.text)
        self._accept(id, fields)
        self._work.jobs.cancel(job)
        self._outbox.send(id, protocol.OK)

    def _preview(self, id: str, fields: Fields) -> None:
        job, frame, out = requests.matte_job(fields), fields("frame", requests.number), fields("out", requests.path)
        self._accept(id, fields)
        self._work.jobs.add_errand(Errand(id, lambda engine: engine.preview(job, frame, out)))

    def _trimap(self, id: str, fields: Fields) -> None:
        request = requests.trimap_request(fields)
        self._accept(id, fields)
        self._work.jobs.add_errand(Errand(id, lambda engine: engine.trimap(request)))

    def _status(self, id: str, fields: Fields) -> None:
        self._accept(id, fields)
        running, queued = self._work.jobs.ids()
        self._outbox.send(id, protocol.STATUS, **self._work.facts(), running=running, queued=queued)

    def _release(self, id: str, fields: Fields) -> None:
        self._accept(id, fields)
        self._work.jobs.add_errand(Errand(id, lambda engine: engine.release(), end=protocol.RELEASED, patient=True))

    def _shutdown(self, id: str, fields: Fields) -> None:
        self._accept(id, fields)
        self.leave(asked_by=id)

    def _accept(self, id: str, fields: Fields) -> None:
        """A request is about to be carried out: say what in it isn't understood."""
        if fields.unknown:
            names = ", ".join(sorted(fields.unknown))
            self._outbox.send(id, protocol.WARNING, message=f"Unknown fields, which are left aside: {names}.")
