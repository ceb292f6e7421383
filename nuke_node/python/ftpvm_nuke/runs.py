# SPDX-License-Identifier: GPL-3.0-or-later
"""One press of Propagate Matte, as a generator that does a little at each step and never waits."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import identity, keyframes, plates, results, worker_setup
from .host.client import Worker
from .host.presses import Press
from .host.progress import DONE
from .job import keyframes_in, matte_job, mattes_of
from .node import settings_of
from .paths import temporary_folder


@dataclass
class Run(Press):
    """A press on a node, which is looked up by `uid` at each step, since the artist may delete it."""

    title: str = ""

    def node(self) -> Any:
        """Raises UserError where it is gone."""
        return identity.node_of(self.uid)


def steps(run: Run, worker: Worker) -> Generator[None, None, None]:
    """Everything from the press to the matte in the node. Raises UserError, StoppedError."""
    scratch = Path(tempfile.mkdtemp(prefix="ftpvm-"))
    try:
        yield from _steps(run, worker, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _steps(run: Run, worker: Worker, scratch: Path) -> Iterator[None]:
    node = run.node()
    settings = settings_of(node)
    found = plates.find(node, settings, run.uid)
    chosen = keyframes_in(settings, found.plate)
    images = yield from keyframes.drawn(run, chosen, scratch)
    plate = found.plate
    if found.why is not None:
        plate = yield from plates.written(run, found)
    mattes = mattes_of(plate, settings, found.home, found.name)
    if temporary_folder() in mattes.folder.parents:
        run.progress.warnings.append("Its mattes are in a temporary folder: save the script and press again.")
    if worker_setup.is_outdated():
        run.progress.warnings.append("The worker is older than this node: press Set Up Worker.")
    run.progress.doing("Waiting for the worker")
    run.job = worker.submit(matte_job(settings, plate, images, mattes))
    yield from run.followed(lambda: results.place(run.node(), mattes), mattes.any_present)
    if run.error_code == "mask":
        run.progress.fail(f"{run.progress.error} Here: 'roto is' must be mask or matte.")
    if run.progress.state == DONE:
        plates.tidy(found, plate)
