# SPDX-License-Identifier: GPL-3.0-or-later
"""Small shots with trimaps for the tests of `ftpvm matte`, and the command in a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from clips import numbered, write_movie, write_still

ROOT = Path(__file__).parents[2]
SIZE = (96, 64)  # width, height
Events = list[dict[str, Any]]


class Result(NamedTuple):
    """What a command left: exit code, stdout, stderr."""

    code: int
    out: str
    err: str

    @property
    def events(self) -> Events:
        """The lines of --json."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def last(self) -> dict[str, Any]:
        """The line of --json that says how it ended."""
        return self.events[-1]


Matte = Callable[..., Result]


def movie(path: Path, count: int = 6) -> Path:
    """A movie of `count` frames."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_movie(path, count, size=SIZE)


def sequence(folder: Path, pattern: str, numbers: range) -> Path:
    """Stills named by a printf pattern, which is returned as a path; EXR gets half floats, tinted."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        image = numbered(number, SIZE)
        if pattern.endswith(".exr"):
            write_still(folder / (pattern % number), (image / 255 * (1, 0.6, 0.3)).astype(np.float32), "half")
        else:
            write_still(folder / (pattern % number), image)
    return folder / pattern


def disc(x: int = 48, y: int = 32, size: tuple[int, int] = SIZE) -> np.ndarray:
    """A trimap uint8 (h, w, 1) of a disc with an unknown ring."""
    rows, columns = np.mgrid[: size[1], : size[0]]
    distance = np.hypot(rows - y, columns - x)
    return np.select([distance < 10, distance < 18], [255, 128], 0).astype(np.uint8)[..., None]


def trimap(path: Path, x: int = 48, size: tuple[int, int] = SIZE) -> Path:
    """That disc as a PNG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_still(path, disc(x, size=size))


def arguments(source: object, keyframes: dict[int, Path], out: Path, weights: Path, *options: object) -> list[str]:
    """The words after `ftpvm`."""
    given = [word for number, path in keyframes.items() for word in ("--keyframe", f"{number}={path}")]
    return [
        "matte", str(source), *given, "--out", str(out), "--weights", str(weights), "--device", "cpu",
        *map(str, options),
    ]  # fmt: skip


def start(words: list[str]) -> "subprocess.Popen[str]":
    """`ftpvm` in a process of its own."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "ftpvm.cli", *words]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, env=environment, stdout=pipe, stderr=pipe, encoding="utf-8")


def names(folder: Path) -> list[str]:
    """Visible files and folders."""
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
