# SPDX-License-Identifier: GPL-3.0-or-later
"""The messages between a host (Blender, Nuke, a farm script) and `python -m ftpvm.worker`: names, fields, lines.

One message is one line of JSON in UTF-8. A request is {"id": ID, "type": TYPE, ...}; whatever answers it repeats the
id: {"id": ID, "event": EVENT, ...}. What each field means is in docs/worker-protocol.md. Standard library only, and
Python 3.9, since this file also runs inside hosts.
"""

import json
from typing import Any, NamedTuple

PROTOCOL = 1
MAX_LINE = 8 * 1024 * 1024  # bytes, without the line's end

Message = dict[str, Any]

# Types of requests
HELLO = "hello"
MATTE = "matte"
CANCEL = "cancel"
PREVIEW = "preview"
TRIMAP = "trimap"
STATUS = "status"  # also the event that answers it
RELEASE = "release"
SHUTDOWN = "shutdown"

# Events on the way
QUEUED = "queued"
STARTED = "started"
SPAN = "span"
ADAPTING = "adapting"
PROGRESS = "progress"
WARNING = "warning"
RESTARTED = "restarted"  # made by the client, when the worker died and the job was sent again

# Events that end a request; HELLO and STATUS end theirs too
DONE = "done"
CANCELLED = "cancelled"
ERROR = "error"
OK = "ok"
RELEASED = "released"
BYE = "bye"
ENDINGS = frozenset((HELLO, STATUS, DONE, CANCELLED, ERROR, OK, RELEASED, BYE))

# Error codes beside those of ftpvm/errors.py
PROTOCOL_CODE = "protocol"
UNEXPECTED_CODE = "unexpected"
CRASHED_CODE = "worker_crashed"  # these three are made by the client
MISSING_CODE = "worker_missing"
SILENT_CODE = "worker_silent"

# States of a span
STALE = "stale"
RUNNING = "running"


class FieldNames(NamedTuple):
    """The fields a message must have and may have, beside "id" and "type"."""

    required: frozenset[str]
    optional: frozenset[str]

    @property
    def known(self) -> frozenset[str]:
        return self.required | self.optional


def _fields(required: str = "", optional: str = "") -> FieldNames:
    return FieldNames(frozenset(required.split()), frozenset(optional.split()))


REQUESTS: dict[str, FieldNames] = {
    HELLO: _fields("protocol", "host device"),
    MATTE: _fields("job"),
    CANCEL: _fields("job"),
    PREVIEW: _fields("job frame out"),
    TRIMAP: _fields("source frame out", "box strokes colorspace on_missing"),
    STATUS: _fields(),
    RELEASE: _fields(),
    SHUTDOWN: _fields(),
}
JOB = _fields(
    "source keyframes out name",
    "frames colorspace on_missing direction resolution device weights format exr_channel replace adapt source_frames",
)
KEYFRAME = _fields("frame image", "band fit")


class ProtocolError(ValueError):
    """A line or message that isn't as agreed."""


def encode(message: Message) -> bytes:
    """The message as one line, its end included. Only ASCII, so that any path of any file system survives."""
    return json.dumps(message, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode("ascii") + b"\n"


def decode(line: bytes) -> Message:
    """The message in a line. Raises ProtocolError for anything but one JSON object."""
    try:
        message = json.loads(line.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"A line isn't JSON in UTF-8 ({error or 'nested too deep'}).") from error
    if not isinstance(message, dict):
        raise ProtocolError("A line must hold one JSON object.")
    return message


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} isn't JSON")
