# SPDX-License-Identifier: GPL-3.0-or-later
"""From messages to checked requests: every field has the right type, those nobody knows are named, not fatal."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ftpvm.host import protocol
from ftpvm.host.protocol import Message, ProtocolError
from ftpvm.kept import file_stamp
from ftpvm.shots import KeyframeImage

LONGEST_ID = 200


@dataclass(frozen=True)
class SourceRequest:
    """Which frames: see `ftpvm.media.open_source`."""

    source: str | tuple[str, ...]
    colorspace: str = "auto"
    on_missing: str = "error"

    @property
    def paths(self) -> list[Path]:
        return [Path(p) for p in ([self.source] if isinstance(self.source, str) else self.source)]


@dataclass(frozen=True)
class MatteJob:
    """The values of a matte or preview request's "job". frames: first and last, None being the source's."""

    clip: SourceRequest
    keyframes: tuple[KeyframeImage, ...]
    out: Path
    name: str
    frames: tuple[int | None, int | None] = (None, None)
    direction: str = "both"
    resolution: int | None = None
    device: str = "auto"
    weights: str = "default"
    format: str = "png16"
    exr_channel: str = "A"
    replace: bool = False
    adapt: bool = False
    source_frames: int | None = None

    def fingerprint(self) -> str:
        """The same for two requests that would give the same mattes now; a keyframe's image may have been repainted."""
        return json.dumps([repr(self), [file_stamp(k.path) for k in self.keyframes]])


@dataclass(frozen=True)
class TrimapRequest:
    """The values of a trimap request; one of box (x, y, width, height) and strokes is given."""

    clip: SourceRequest
    frame: int
    out: Path
    box: tuple[int, int, int, int] | None = None
    strokes: Path | None = None


@dataclass
class Fields:
    """The fields of one JSON object. `where` is how it's called in sentences; `unknown` gathers the names of others."""

    values: Message
    where: str
    fields: protocol.FieldNames
    unknown: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not isinstance(self.values, dict):
            raise ProtocolError(f"{self.where} must be an object.")
        for name in sorted(self.fields.required - self.values.keys()):
            raise ProtocolError(f"{self.where} lacks {name!r}.")
        self.unknown += [f"{self.where}.{n}" for n in self.values.keys() - self.fields.known - {"id", "type"}]

    def __call__(self, name: str, read: Callable[[Any], Any], default: Any = None) -> Any:
        """A field's value as `read` gives it; `default` where it is left out or null."""
        value = self.values.get(name)
        if value is None and name not in self.fields.required:
            return default
        try:
            return read(value)
        except ProtocolError:  # of a field further in
            raise
        except (TypeError, ValueError) as error:
            raise ProtocolError(f"{self.where}.{name} must be {error}, not {_shortened(value)}.") from error


def request_id(message: Message) -> str:
    """The id of a request. Raises ProtocolError."""
    id = message.get("id")
    if not isinstance(id, str) or not 0 < len(id) <= LONGEST_ID:
        raise ProtocolError(f'A request needs an "id", a text of 1 to {LONGEST_ID} characters.')
    return id


def request_fields(message: Message) -> tuple[str, Fields]:
    """The type of a request and its fields. Raises ProtocolError."""
    type = message.get("type")
    if not isinstance(type, str) or type not in protocol.REQUESTS:
        raise ProtocolError(f"There is no request {_shortened(type)}; there are {', '.join(protocol.REQUESTS)}.")
    return type, Fields(message, type, protocol.REQUESTS[type])


def matte_job(request: Fields) -> MatteJob:
    """The "job" of a request. Raises ProtocolError."""
    job = Fields(request.values["job"], "job", protocol.JOB, request.unknown)
    return MatteJob(
        _source_request(job), job("keyframes", _keyframes(request.unknown)), job("out", path), job("name", text),
        job("frames", _ends, (None, None)), job("direction", text, "both"), job("resolution", number),
        job("device", text, "auto"), job("weights", text, "default"), job("format", text, "png16"),
        job("exr_channel", text, "A"), job("replace", _flag, False),
        job("adapt", _flag, False), job("source_frames", number),
    )  # fmt: skip


def trimap_request(request: Fields) -> TrimapRequest:
    """The values of a trimap request. Raises ProtocolError."""
    box, strokes = request("box", _box), request("strokes", path)
    if (box is None) == (strokes is None):
        raise ProtocolError("A trimap is made of either a box or strokes.")
    return TrimapRequest(_source_request(request), request("frame", number), request("out", path), box, strokes)


def text(value: Any) -> str:
    """A text that isn't empty and could be a file's name."""
    if not isinstance(value, str) or not value or "\0" in value:
        raise TypeError("a text")
    try:
        os.fsencode(value)
    except UnicodeError:
        raise ValueError("a text that this system can spell") from None
    return value


def path(value: Any) -> Path:
    """A path; which folder a relative one is of, the worker can't know."""
    if not Path(text(value)).is_absolute():
        raise ValueError("an absolute path")
    return Path(value)


def number(value: Any) -> int:
    """A whole number."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("a whole number")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("true or false")
    return value


def _source_request(fields: Fields) -> SourceRequest:
    return SourceRequest(
        fields("source", _source), fields("colorspace", text, "auto"), fields("on_missing", text, "error")
    )


def _source(value: Any) -> str | tuple[str, ...]:
    if isinstance(value, list) and value:
        return tuple(str(path(v)) for v in value)
    return str(path(value))


def _ends(value: Any) -> tuple[int, int]:
    return _numbers(value, 2, "[first, last]")


def _box(value: Any) -> tuple[int, ...]:
    return _numbers(value, 4, "[x, y, width, height]")


def _numbers(value: Any, count: int, wanted: str) -> Any:
    if not isinstance(value, list) or len(value) != count:
        raise TypeError(wanted)
    return tuple(map(number, value))


def _keyframes(unknown: list[str]) -> Callable[[Any], tuple[KeyframeImage, ...]]:
    def read(value: Any) -> tuple[KeyframeImage, ...]:
        if not isinstance(value, list):
            raise TypeError("a list")
        return tuple(
            keyframe(Fields(v, f"job.keyframes[{i}]", protocol.KEYFRAME, unknown)) for i, v in enumerate(value)
        )

    def keyframe(fields: Fields) -> KeyframeImage:
        band = fields("band", lambda value: _numbers(value, 2, "[inside, outside]"))
        return KeyframeImage(fields("frame", number), fields("image", path), band, fields("fit", _flag, False))

    return read


def _shortened(value: Any) -> str:
    words = json.dumps(value)
    return words if len(words) <= 60 else f"{words[:57]}..."
