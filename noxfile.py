# SPDX-License-Identifier: GPL-3.0-or-later
"""What there is to run: `nox` for all checks and tests, `nox -s demo` for the main job on the example clip."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nox

BLENDERS = {"4.5": "3.11", "5.2": "3.13"}  # the Python that each version's bpy wheel is for
NUKES = {"14": "3.9", "15": "3.10"}  # the Python in each version; that of 16 and 17, 3.11, runs with the rest
NEWEST = "3.13"  # of the Pythons that set up a worker; some packages have newer versions there

nox.options.sessions = ["tests"]
nox.options.reuse_existing_virtualenvs = True


@nox.session
def tests(session: nox.Session) -> None:
    """Lint, types and every test."""
    session.install("-e", ".[dev]")
    session.run("ruff", "check", ".")
    session.run("mypy")
    session.run("pytest", *session.posargs)
    if session.posargs:
        return
    session.notify("installed")
    worker = f"--worker={shutil.which('python', path=session.bin)}"
    for version in NUKES:
        session.notify(f"nuke(version='{version}')", [worker])
    for version in BLENDERS:
        session.notify(f"blender(version='{version}')", [worker])


@nox.session(python=False)
def installed(session: nox.Session) -> None:
    """The wheel as a user has it, with the newest packages: doctor, the main job on the example clip, movies."""
    python = _environment(session, f"installed-{NEWEST}", NEWEST, ".[foreground]", "pytest")
    session.run(str(Path(python).with_name("ftpvm")), "doctor", external=True)
    session.run(python, "examples/demo.py", external=True)
    session.run(python, "-m", "pytest", "tests/media", external=True)


@nox.session(python=False)
@nox.parametrize("version", list(BLENDERS))
def blender(session: nox.Session, version: str) -> None:
    """The add-on in the real Blender of the `bpy` wheel; --worker=PYTHON names one that has ftpvm[dev]."""
    python = _environment(session, f"bpy-{version}", BLENDERS[version], f"bpy=={version}.*", "pytest")
    _pytest(session, python, "tests/blender")


@nox.session(python=False)
@nox.parametrize("version", list(NUKES))
def nuke(session: nox.Session, version: str) -> None:
    """The node in that Nuke's Python, over the fake of Nuke; --worker=PYTHON names one that has ftpvm[dev]."""
    python = _environment(session, f"nuke-{version}", NUKES[version], "pytest", "numpy", "OpenImageIO")
    _pytest(session, python, "tests/nuke")


def _pytest(session: nox.Session, python: str, folder: str) -> None:
    """A folder's tests, or those that the session's arguments name, in a Python that hasn't ftpvm itself."""
    given = [argument.split("=", 1)[1] for argument in session.posargs if argument.startswith("--worker=")]
    rest = [argument for argument in session.posargs if not argument.startswith("--worker=")] or [folder]
    worker = given[0] if given else str(Path(".nox/tests/bin/python").resolve())
    session.run(python, "-m", "pytest", *rest, external=True, env={"FTPVM_WORKER_PYTHON": worker})


def _environment(session: nox.Session, name: str, version: str, *packages: str) -> str:
    """The Python of an environment with these packages, made once."""
    home = Path(".nox", name).resolve()
    python = str(home / "bin/python")
    if not Path(python).exists():
        base = _python_or_none(version)
        if base is None:
            session.error(f"{name} needs Python {version}, and there is none here: install it, or name other sessions")
        session.run(base, "-m", "venv", str(home), external=True)
    session.run(python, "-m", "pip", "install", "-q", *packages, external=True)  # also where that failed last time
    return python


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
    """Those tables of benchmarks/README.md that need nothing but ftpvm."""
    session.install("-e", ".[dev]")
    session.run("python", "benchmarks/run.py", *session.posargs)
