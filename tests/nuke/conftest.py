# SPDX-License-Identifier: GPL-3.0-or-later
"""The node as it is installed, in a strict stand-in for Nuke; nothing here imports ftpvm."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_nuke import FakeNuke
from nuke_shots import FIRST, HEIGHT, LAST, WIDTH, matte_node, read_node, write_alphas, write_plate

ROOT = Path(__file__).resolve().parents[2]


sys.path.insert(0, str(ROOT / "nuke_node/python"))  # for modules that need no Nuke; gone before the first test
import ftpvm_nuke  # noqa: E402

ftpvm_nuke.__path__.append(str(ROOT / "ftpvm"))  # packaging puts a copy of its `host` there


def pytest_collection_finish() -> None:
    """From here on only init.py puts the node's code on the path."""
    sys.path.remove(str(ROOT / "nuke_node/python"))


@pytest.fixture(scope="session")
def worker_python() -> str:
    """A Python that has ftpvm and torch."""
    if importlib.util.find_spec("torch") is None and "FTPVM_WORKER_PYTHON" not in os.environ:
        pytest.fail("set FTPVM_WORKER_PYTHON to a Python that has ftpvm[dev] installed", pytrace=False)
    return os.environ.get("FTPVM_WORKER_PYTHON", sys.executable)


@pytest.fixture(scope="session")
def installed(worker_python: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that an artist puts on NUKE_PATH, out of the zip."""
    folder = tmp_path_factory.mktemp("zip")
    command = [worker_python, "-m", "ftpvm.cli", "package", "nuke", "--out", str(folder)]
    archive = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout.split("  ")[0]
    with zipfile.ZipFile(archive) as whole:
        whole.extractall(folder)
    return folder / "ftpvm_nuke"


@pytest.fixture
def fake(request: pytest.FixtureRequest) -> Iterator[FakeNuke]:
    """A Nuke without plug-ins, with a window unless asked indirectly for one without."""
    nuke = FakeNuke(gui=getattr(request, "param", True))
    yield nuke
    wrong = nuke.wrong()
    nuke.close()
    assert wrong == []


@pytest.fixture(scope="session")
def studio(installed: Path, worker_python: str) -> Iterator[FakeNuke]:
    """One Nuke with a window that stays open, as does its worker."""
    os.environ["FTPVM_WORKER_PYTHON"] = worker_python
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    nuke = FakeNuke()
    nuke.start(installed)
    yield nuke
    sys.modules["ftpvm_nuke.session"].closed()
    nuke.close()


@pytest.fixture
def app(studio: FakeNuke) -> Iterator[FakeNuke]:
    """An empty script in it."""
    studio.begin(WIDTH, HEIGHT)
    yield studio
    wrong = studio.wrong()
    studio.begin()
    assert wrong == []


@pytest.fixture(scope="session")
def clip(worker_python: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[np.ndarray, np.ndarray]:
    """Frames of the example clip, sRGB of 0 to 1, (6, height, width, 3), and their mattes, (6, height, width)."""
    folder = tmp_path_factory.mktemp("clip")
    arguments = [str(ROOT / "examples/clip"), str(folder), f"{WIDTH}x{HEIGHT}"]
    subprocess.run([worker_python, "-c", _DECODE, *arguments], check=True)
    frames, alphas = (np.load(folder / f"{name}.npy") for name in ("frames", "alphas"))
    return frames.astype(np.float32) / 255, alphas.astype(np.float32) / 255


_DECODE = """
import sys, av, cv2, numpy as np
clip, out, size = sys.argv[1], sys.argv[2], tuple(map(int, sys.argv[3].split("x")))
shrunk = lambda image: cv2.resize(image, size, interpolation=cv2.INTER_AREA)
decoded = (frame.to_ndarray(format="rgb24") for frame in av.open(clip + "/clip.mp4").decode(video=0))
np.save(out + "/frames.npy", [shrunk(frame) for _, frame in zip(range(6), decoded)])
np.save(out + "/alphas.npy", [shrunk(cv2.imread(f"{clip}/alpha/{n:04d}.png", cv2.IMREAD_GRAYSCALE)) for n in range(6)])
"""


@pytest.fixture
def shot(app: FakeNuke, clip: tuple[np.ndarray, np.ndarray], tmp_path: Path) -> Any:
    """A saved script with a PNG plate that the worker reads from its file, and the exact mattes as the roto."""
    app.save(tmp_path / "comp.nk")
    plate = read_node(app, write_plate(tmp_path / "plates", clip[0]))
    roto = read_node(app, write_alphas(tmp_path / "alphas", clip[1]))
    return matte_node(app, plate, roto, f"{FIRST}, {LAST}")
