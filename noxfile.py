# SPDX-License-Identifier: GPL-3.0-or-later
"""What there is to run: `nox` for all checks and tests, `nox -s demo` for the main job on the example clip."""

import nox

nox.options.sessions = ["tests"]
nox.options.reuse_existing_virtualenvs = True


@nox.session
def tests(session: nox.Session) -> None:
    """Lint, types and every test."""
    session.install("-e", ".[dev]")
    session.run("ruff", "check", ".")
    session.run("mypy")
    session.run("pytest", *session.posargs)


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
