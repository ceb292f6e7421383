# SPDX-License-Identifier: GPL-3.0-or-later
"""`ftpvm doctor`: what it finds, how it says so, and its exit code."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from ftpvm.cli import doctor, main
from ftpvm.errors import CodecError
from ftpvm.model import weights_library

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def default_weights(weights: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(weights_library, "DEFAULT_PATH", weights)
    return weights


def findings(capsys: Capture) -> tuple[int, dict[str, dict[str, Any]]]:
    """The exit code and the findings by name."""
    code = main(["doctor", "--json"])
    (line,) = capsys.readouterr().out.splitlines()
    told = json.loads(line)
    assert told["usable"] == (code == 0)
    return code, {finding["name"]: finding for finding in told["findings"]}


def test_a_machine_that_works(capsys: Capture, weights: Path) -> None:
    code, found = findings(capsys)
    assert code == 0
    expected = {"python", "torch", "opencv-python-headless", "opencolorio", "memory", "device"}
    expected |= {"pymatting", "pygame-ce", "write prores", "write ffv1", "write vp9", "default weights"}
    assert expected <= set(found)
    assert all(finding["status"] in ("ok", "missing") and finding["detail"] for finding in found.values())
    assert str(weights) in found["default weights"]["detail"]
    assert main(["doctor"]) == 0
    shown = capsys.readouterr().out
    assert "ftpvm can matte here." in shown
    assert all(name in shown for name in found)


def test_missing_default_weights(capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights_library, "DEFAULT_PATH", tmp_path / "none.safetensors")
    assert main(["doctor"]) == 5
    shown = capsys.readouterr().out
    (line,) = (line for line in shown.splitlines() if line.startswith("BROKEN"))
    assert "default weights" in line
    assert "name a checkpoint file" in line
    assert "can't matte here" in shown
    code, found = findings(capsys)
    assert (code, found["default weights"]["status"]) == (5, "broken")


def test_broken_default_weights(
    capsys: Capture, default_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cut.safetensors").write_bytes(default_weights.read_bytes()[:1000])
    monkeypatch.setattr(weights_library, "DEFAULT_PATH", tmp_path / "cut.safetensors")
    assert findings(capsys)[1]["default weights"]["status"] == "broken"


def test_packages_that_are_absent_or_broken(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(doctor.REQUIRED, "no_such_module", "no-such-package")
    monkeypatch.setitem(doctor.EXTRAS, "no-such-extra", "webcam")
    code, found = findings(capsys)
    assert code == 5
    assert found["no-such-package"]["status"] == "broken"
    assert found["no-such-package"]["todo"] == "pip install no-such-package"
    assert found["no-such-extra"]["status"] == "missing"
    assert found["no-such-extra"]["todo"] == 'pip install "ftpvm[webcam]"'


def test_it_looks_for_every_package_of_every_extra() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    extras = {extra: packages for extra, packages in project["optional-dependencies"].items() if extra != "dev"}
    named = {(re.split(r"[<>=\[]", package)[0], extra) for extra, packages in extras.items() for package in packages}
    assert {(package, extra) for package, extra in named if package != "ftpvm"} == set(doctor.EXTRAS.items())


def test_it_survives_what_it_finds(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_encoder(codec: object) -> None:
        raise CodecError("no")

    monkeypatch.setattr("ftpvm.media.movie_writer.require_encoder", no_encoder)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 1 / 0)
    code, found = findings(capsys)
    assert code == 5
    assert found["write vp9"]["status"] == "missing"
    assert found["devices"]["status"] == "broken"
    assert "ZeroDivisionError" in found["devices"]["detail"]
