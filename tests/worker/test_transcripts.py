# SPDX-License-Identifier: GPL-3.0-or-later
"""Golden conversations, in `transcripts/`: what is sent (>) and what must come (<), "*" being any value.

Of every request the events must come in this order; those of several requests may be mixed.
"""

import json
from pathlib import Path

import pytest
from hosts import CLIP, ENDS, Host

from ftpvm import __version__

TRANSCRIPTS = Path(__file__).parent / "transcripts"


def play(host: Host, name: str, out: Path) -> None:
    """Go through a transcript; $CLIP is the example's folder, $OUT one for results."""
    for line in (TRANSCRIPTS / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        spoken = line[2:].replace("$CLIP", _in_json(CLIP)).replace("$OUT", _in_json(out))
        spoken = spoken.replace("$VERSION", __version__)
        if line.startswith("> "):
            host.send_bytes(spoken.encode() + b"\n")
        elif line.startswith("< "):
            wanted = json.loads(spoken)
            heard = host.next_of(wanted["id"])
            assert heard.keys() == wanted.keys(), f"{name}: {heard} for {wanted}"
            assert {k: v if wanted[k] != "*" else "*" for k, v in heard.items()} == wanted


def _in_json(path: Path) -> str:
    return json.dumps(str(path))[1:-1]


@pytest.mark.parametrize("name", ["refusals", "matte", "images"])
def test_the_conversation_is_as_written(host: Host, name: str, tmp_path: Path) -> None:
    before = len(host.events)
    play(host, name, tmp_path)
    ids = {e["id"] for e in host.events[before:]} - {None}
    assert all(host.told(id)[-1]["event"] in ENDS for id in ids)


def test_the_handshake_is_as_written_and_answered_before_anything_heavy_is_imported(tmp_path: Path) -> None:
    with Host(greet=False) as host:
        play(host, "hello", tmp_path)
        assert host.left() == 0
