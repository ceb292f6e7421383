# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker's private Python environment: what it takes to make it or bring it up to date, and what is known of it."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from .child import clean_environment
from .installer import Installer, Step
from .torch_builds import TORCH_BUILDS

MISSING, OUTDATED, READY = "missing", "outdated", "ready"
OLDEST_PYTHON = (3, 11)  # that ftpvm runs on
_PYTHONS = (  # commands; torch is there for the first ones
    ["python3.13"], ["python3.12"], ["python3.11"], ["python3.14"], ["python3"], ["python"], ["py", "-3"],
)  # fmt: skip
_QUESTION = f"import ensurepip, sys; print(sys.executable) if sys.version_info >= {OLDEST_PYTHON} else sys.exit(1)"
_TORCH = ("torch>=2.4", "torchvision")  # one index for both, or they don't fit each other
_RECORD = "ftpvm-environment.json"
_PIP = ("--disable-pip-version-check", "--no-input", "--progress-bar", "off", "--no-warn-script-location")


class NoPythonError(Exception):
    """There is no Python to make the environment from; its text is a sentence with what to do."""


class Environment:
    """A venv in `folder`. Its record names a wheel only while everything is installed and checked."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        windows = sys.platform == "win32"
        self.python = str(self.folder / ("Scripts/python.exe" if windows else "bin/python"))
        self._record = self.folder / _RECORD

    def is_ready(self) -> bool:
        """Whether a worker can be started from it."""
        return "wheel" in self.record() and self._exists()

    def state(self, wheel: str | Path) -> str:
        """ "missing", "outdated" (it works, but holds another ftpvm than the wheel) or "ready"."""
        if not self.is_ready():
            return MISSING
        return READY if self.record().get("wheel") == digest(wheel) else OUTDATED

    def record(self) -> dict[str, Any]:
        """How it was set up: torch_build, index_url, base, wheel (its SHA-256), report. Empty where it wasn't.

        Without wheel and report while ftpvm is being updated, or where that was stopped or failed.
        """
        with suppress(OSError, ValueError):
            record = json.loads(self._record.read_text("utf-8"))
            if isinstance(record, dict):
                return record
        return {}

    def set_up(self, torch_build: str, index_url: str, wheel: str | Path) -> Installer:
        """Make the environment and check it; one made in the same way only gets the new ftpvm. Poll what is returned.

        index_url: a package index or a folder of wheels to take everything from; "" takes torch from its build's own
        index and the rest from pip's. Until all is done the environment counts as missing. An update that is stopped,
        or once can't install ftpvm, leaves torch for the next one; after any other failure that starts from nothing.
        Raises NoPythonError.
        """
        made = {"torch_build": torch_build, "index_url": index_url, "base": find_base_python()}
        record = self.record()
        failures = record.get("failures", 0)
        if self._exists() and made.items() <= record.items() and failures < 2:  # or what is there may be why
            steps = [self._removal()]
            self._write_or_forget({**made, "failures": failures})
        else:
            steps = self._foundation(**made)
            self._forget()
        install = Step("Installing ftpvm", self._pip_install(*_from(index_url, ""), str(wheel)))
        return Installer(
            [*steps, install, check_step(self.python)],
            lambda report: self._write({**made, "wheel": digest(wheel), "report": report}),
            lambda step: self._note_failure() if step is install else self._forget(),
        )

    def _note_failure(self) -> None:
        if record := self.record():
            self._write_or_forget({**record, "failures": record.get("failures", 0) + 1})

    def _foundation(self, torch_build: str, index_url: str, base: str) -> list[Step]:
        build = TORCH_BUILDS[torch_build]
        return [
            Step("Making the environment", [base, "-m", "venv", "--clear", str(self.folder)]),
            Step(f"Installing torch for {build.label}", self._pip_install(*_from(index_url, build.url), *_TORCH)),
        ]

    def _removal(self) -> Step:
        """pip takes a wheel of a version that it has for installed, whatever is in it."""
        return Step("Removing the old ftpvm", [self.python, "-m", "pip", "uninstall", "-y", "ftpvm"])

    def _exists(self) -> bool:
        return Path(self.python).exists()  # a link into a removed Blender doesn't

    def _forget(self) -> None:
        with suppress(OSError):
            self._record.unlink()

    def _write_or_forget(self, record: dict[str, Any]) -> None:
        """On a full disk it is better to start from nothing than to count on what is about to be removed."""
        try:
            self._write(record)
        except OSError:
            self._forget()

    def _write(self, record: dict[str, Any]) -> None:
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
    """The host's own Python where it is new enough and can make environments, else another one on this machine.

    Raises NoPythonError.
    """
    is_python = re.fullmatch(r"python[\d.]*(\.exe)?", Path(sys.executable or "").name, re.IGNORECASE)  # not the host
    if is_python and sys.version_info >= OLDEST_PYTHON and importlib.util.find_spec("ensurepip"):
        return sys.executable
    folders = _folders()
    for name, *options in _PYTHONS:
        for command in filter(None, (shutil.which(name, path=folder) for folder in folders)):
            if found := _answer([command, *options]):
                return found
    raise NoPythonError(
        "No Python here can make the worker's environment: install Python 3.11 or newer (on Debian and Ubuntu with its "
        "-venv package), or name one that has ftpvm, in Blender as Worker Python, for Nuke in $FTPVM_WORKER_PYTHON."
    )


def _folders() -> list[str]:
    """Where to look for Pythons: on the PATH and, since programs with a window have a short one there, a Mac's usual.

    A Mac's /usr/bin has none that is new enough, only one that asks to install Xcode.
    """
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    if sys.platform != "darwin":
        return folders
    installed = map(str, Path("/Library/Frameworks/Python.framework/Versions").glob("*/bin"))
    return [*(f for f in folders if f != "/usr/bin"), "/opt/homebrew/bin", "/usr/local/bin", *installed]


def _answer(command: list[str]) -> str:
    """The path of the Python that a command runs; "" where it runs none, an old one, or one without ensurepip."""
    with suppress(OSError, ValueError, subprocess.SubprocessError):
        return subprocess.run(
            [*command, "-c", _QUESTION],
            env={**clean_environment(), "PYTHONUTF8": "1"}, stdin=subprocess.DEVNULL, capture_output=True,
            encoding="utf-8", check=True, timeout=10,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),  # no console window on Windows
        ).stdout.strip()  # fmt: skip
    return ""


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
