# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker's private Python environment: what it takes to make it or bring it up to date, and what is known of it."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
import shutil
import sys
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from .installer import Installer, Step
from .torch_builds import TORCH_BUILDS

MISSING, OUTDATED, READY = "missing", "outdated", "ready"
OLDEST_PYTHON = (3, 11)  # that ftpvm runs on
_TORCH = ("torch>=2.4", "torchvision")  # one index for both, or they don't fit each other
_RECORD = "ftpvm-environment.json"
_PIP = ("--disable-pip-version-check", "--no-input", "--progress-bar", "off", "--no-warn-script-location")


class NoPythonError(Exception):
    """There is no Python to make the environment from; its text is a sentence with what to do."""


class Environment:
    """A venv in `folder`. Its record is written when everything is installed and checked, and gone while it isn't."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        windows = sys.platform == "win32"
        self.python = str(self.folder / ("Scripts/python.exe" if windows else "bin/python"))
        self._record = self.folder / _RECORD

    def is_ready(self) -> bool:
        """Whether a worker can be started from it."""
        return self._record.is_file() and Path(self.python).exists()  # a link into a removed Blender doesn't exist

    def state(self, wheel: str | Path) -> str:
        """ "missing", "outdated" (it works, but holds another ftpvm than the wheel) or "ready"."""
        if not self.is_ready():
            return MISSING
        return READY if self.record().get("wheel") == digest(wheel) else OUTDATED

    def record(self) -> dict[str, Any]:
        """How it was set up: torch_build, index_url, base, wheel (its SHA-256), report. Empty where it wasn't."""
        with suppress(OSError, ValueError):
            record = json.loads(self._record.read_text("utf-8"))
            if isinstance(record, dict):
                return record
        return {}

    def set_up(self, torch_build: str, index_url: str, wheel: str | Path) -> Installer:
        """Make the environment and check it; one made in the same way only gets the new ftpvm. Poll what is returned.

        index_url: a package index or a folder of wheels to take everything from; "" takes torch from its build's own
        index and the rest from pip's. Until all is done the environment counts as missing, so that an interrupted
        set-up starts from nothing. Raises NoPythonError.
        """
        made = {"torch_build": torch_build, "index_url": index_url, "base": find_base_python()}
        same = self.is_ready() and made.items() <= self.record().items()
        steps = [self._removal()] if same else self._foundation(**made)
        install = Step("Installing ftpvm", self._pip_install(*_from(index_url, ""), str(wheel)))
        with suppress(FileNotFoundError):
            self._record.unlink()
        return Installer(
            [*steps, install, check_step(self.python)],
            lambda report: self._finish({**made, "wheel": digest(wheel), "report": report}),
        )

    def _foundation(self, torch_build: str, index_url: str, base: str) -> list[Step]:
        build = TORCH_BUILDS[torch_build]
        return [
            Step("Making the environment", [base, "-m", "venv", "--clear", str(self.folder)]),
            Step(f"Installing torch for {build.label}", self._pip_install(*_from(index_url, build.url), *_TORCH)),
        ]

    def _removal(self) -> Step:
        """pip takes a wheel of a version that it has for installed, whatever is in it."""
        return Step("Removing the old ftpvm", [self.python, "-m", "pip", "uninstall", "-y", "ftpvm"])

    def _finish(self, record: dict[str, Any]) -> None:
        temporary = self._record.with_suffix(".partial")
        temporary.write_text(json.dumps(record), "utf-8")
        temporary.replace(self._record)

    def _pip_install(self, *arguments: str) -> list[str]:
        return [self.python, "-m", "pip", "install", *_PIP, *arguments]


def check_step(python: str) -> Step:
    """Ask ftpvm's doctor whether a Python can matte."""
    return Step("Checking", [python, "-m", "ftpvm.cli", "doctor", "--json"], is_check=True)


def needs_network(index_url: str) -> bool:
    """Whether installing from there goes online."""
    return not (index_url.startswith("file:") or (index_url and Path(index_url).is_dir()))


def find_base_python() -> str:
    """The host's own Python where it is new enough and can make environments, else another one on the PATH.

    Raises NoPythonError.
    """
    own = Path(sys.executable or "")
    if not re.fullmatch(r"python[\d.]*(\.exe)?", own.name, re.IGNORECASE):
        own = Path()  # the host's program itself
    elif sys.version_info >= OLDEST_PYTHON and importlib.util.find_spec("ensurepip"):
        return str(own)
    for minor in (13, 12, 11, 14):
        found = shutil.which(f"python3.{minor}")
        if found and Path(found).resolve() != own.resolve():
            return found
    raise NoPythonError(
        "No Python here can make the worker's environment: install Python 3.11 or newer (on Debian and Ubuntu with its "
        "-venv package), or choose a Worker Python that has ftpvm."
    )


def digest(wheel: str | Path) -> str:
    """The SHA-256 of a wheel; read again only when the file changed, since panels ask at each redraw."""
    return _digest(str(wheel), Path(wheel).stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _digest(wheel: str, changed: int) -> str:
    return hashlib.sha256(Path(wheel).read_bytes()).hexdigest()


def _from(index_url: str, default: str) -> list[str]:
    """pip's options for where packages come from."""
    if index_url and Path(index_url).is_dir():
        return ["--no-index", "--find-links", index_url]
    url = index_url or default
    return ["--index-url", url] if url else []
