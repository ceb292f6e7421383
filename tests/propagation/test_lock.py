# SPDX-License-Identifier: GPL-3.0-or-later
"""One writer a name and folder; a dead one blocks nobody."""

import subprocess
import sys
from pathlib import Path

import pytest
from tiny_shots import a_propagator, a_shot

from ftpvm.errors import OutputError
from ftpvm.model import FastTrimapPropagationVideoMatting as FTPVM
from ftpvm.propagation.lock import only_writer

HOLD = """
import sys, time
from pathlib import Path
from ftpvm.propagation.lock import only_writer
with only_writer(Path(sys.argv[1]), "m"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_run_waits_for_no_other_and_a_killed_one_is_forgotten(tmp_path: Path, network: FTPVM) -> None:
    shot, propagator = a_shot(tmp_path, range(2), [0]), a_propagator(network)
    with subprocess.Popen([sys.executable, "-c", HOLD, str(shot.mattes.folder)], stdout=subprocess.PIPE) as other:
        assert other.stdout and other.stdout.readline() == b"held\n"
        with pytest.raises(OutputError, match=r"Another run is writing mattes named m in .*choose another"):
            propagator.run(shot)
        with only_writer(shot.mattes.folder, "other name"):
            pass
        other.kill()
    assert (shot.mattes.folder / ".m.ftpvm.lock").exists()  # left by the dead
    assert propagator.run(shot).frames_run == 2
    assert not (shot.mattes.folder / ".m.ftpvm.lock").exists()


def test_the_lock_is_let_go_whatever_happens(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), only_writer(tmp_path / "new", "m"):
        raise ZeroDivisionError
    with only_writer(tmp_path / "new", "m"), pytest.raises(OutputError), only_writer(tmp_path / "new", "m"):
        pass
    assert not list((tmp_path / "new").iterdir())


def test_a_folder_that_cant_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="a file is in the way"), only_writer(tmp_path / "file" / "out", "m"):
        pass
