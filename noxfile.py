# SPDX-License-Identifier: GPL-3.0-or-later
"""What there is to run: `nox` for all checks and tests, `nox -s demo` for the main job on the example clip."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nox

BLENDERS = {"4.5": "3.11", "5.2": "3.13"}  # the Python that each version's bpy wheel is for

nox.options.sessions = ["tests"]
nox.options.reuse_existing_virtualenvs = True


@nox.session
def tests(session: nox.Session) -> None:
    """Lint, types and every test."""
    session.install("-e", ".[dev]")
    session.run("ruff", "check", ".")
    session.run("mypy")
    session.run("pytest", *session.posargs)
    worker = shutil.which("python", path=session.bin)
    for version in () if session.posargs else BLENDERS:
        session.notify(f"blender(version='{version}')", [f"--worker={worker}"])


@nox.session(python=False)
@nox.parametrize("version", list(BLENDERS))
def blender(session: nox.Session, version: str) -> None:
    """The add-on in the real Blender of the `bpy` wheel; --worker=PYTHON names one that has ftpvm[dev]."""
    given = [argument.split("=", 1)[1] for argument in session.posargs if argument.startswith("--worker=")]
    worker = given[0] if given else str(Path(".nox/tests/bin/python").resolve())
    base = _python_or_none(BLENDERS[version])
    if base is None:
        session.skip(f"Blender {version}'s wheel needs Python {BLENDERS[version]}, and there is none here")
    home = Path(".nox", f"bpy-{version}").resolve()
    if not (home / "bin/python").exists():
        session.run(base, "-m", "venv", str(home), external=True)
        packages = [f"bpy=={version}.*", "pytest"]
        session.run(str(home / "bin/python"), "-m", "pip", "install", "-q", *packages, external=True)
    rest = [argument for argument in session.posargs if not argument.startswith("--worker=")] or ["tests/blender"]
    session.run(str(home / "bin/python"), "-m", "pytest", *rest, external=True, env={"FTPVM_WORKER_PYTHON": worker})


def _python_or_none(version: str) -> str | None:
    """A Python of this version: ours, one on the path, or one of pyenv's."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    found = [sys.executable, shutil.which(f"python{version}"), *pyenv.glob(f"versions/{version}.*/bin/python")]
    for python in filter(None, map(str, filter(None, found))):
        asked = subprocess.run([python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], capture_output=True)
        if asked.stdout.decode().strip() == version:
            return python
    return None


@nox.session
def demo(session: nox.Session) -> None:
    """Mattes, a preview and the measured error of examples/clip, in demo_out/."""
    session.install("-e", ".")
    session.run("python", "examples/demo.py", *session.posargs)


@nox.session
def benchmarks(session: nox.Session) -> None:
    """The tables of benchmarks/README.md."""
    session.install("-e", ".[dev]")
    session.run("python", "benchmarks/run.py", *session.posargs)
