# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done: a manifest beside the mattes with their source and the fingerprint of every finished span."""

import hashlib
import json
from pathlib import Path
from typing import Any

from ftpvm.atomic import atomic_path

from .spans import Span

VERSION = 1  # of the manifest
ENGINE_VERSION = 2  # raise it when the same network, source and keyframes give other mattes, rounding aside

Provenance = dict[str, str]  # the source's "origin" and "identity"


def span_fingerprint(span: Span, **hangs_on: Any) -> str:
    """Changes when the span, or anything named in `hangs_on` (JSON values), changes."""
    facts = {
        "engine": ENGINE_VERSION, "frames": _ends(span.frames), "keyframes": span.keyframes,
        "passes": [_ends(p) for p in span.passes], **hangs_on,
    }  # fmt: skip
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:24]


class Ledger:
    """Finished spans by fingerprint, kept in a JSON file after every change; an unreadable file counts as empty."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._source, self._spans = _read(path)

    def has(self, fingerprint: str) -> bool:
        """Whether a span with this fingerprint was finished."""
        return fingerprint in self._spans

    def resolution_of(self, fingerprint: str) -> int:
        """The working resolution that a finished span really had."""
        return int(self._spans[fingerprint]["resolution"])

    def taken_by(self, source: Provenance) -> str | None:
        """The origin of another source that the mattes are of; the same one may have moved, or hold new frames."""
        same = not self._source or any(self._source.get(key) == value for key, value in source.items())
        return None if same else self._source.get("origin")

    def begin(self, span: Span, source: Provenance) -> None:
        """Forget every finished span that shares a frame with this one: its files are about to change."""
        first, last = _ends(span.frames)
        kept = {f: s for f, s in self._spans.items() if s["last"] < first or s["first"] > last}
        if (source, len(kept)) != (self._source, len(self._spans)):
            self._source, self._spans = source, kept
            self._write()

    def finish(self, span: Span, fingerprint: str, resolution: int) -> None:
        """Note a span as done, with the working resolution it really had."""
        first, last = _ends(span.frames)
        entry = {"first": first, "last": last, "keyframes": list(span.keyframes), "resolution": resolution}
        self._spans[fingerprint] = entry
        self._write()

    def _write(self) -> None:
        content = {"version": VERSION, "source": self._source, "spans": self._spans}
        with atomic_path(self.path) as temporary:
            temporary.write_text(json.dumps(content, indent=1))


def _ends(frames: range) -> tuple[int, int]:
    return frames[0], frames[-1]


def _read(path: Path) -> tuple[Provenance, dict[str, dict[str, Any]]]:
    try:
        content = json.loads(path.read_bytes())
        known = content["version"] == VERSION
        return (dict(content.get("source", {})), dict(content["spans"])) if known else ({}, {})
    except (OSError, ValueError, KeyError, TypeError):
        return {}, {}
