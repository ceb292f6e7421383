# SPDX-License-Identifier: GPL-3.0-or-later
"""`ftpvm package blender`: what is in the zip, that it can be built again to the byte, and what it refuses."""

import io
import os
import zipfile
from pathlib import Path

import pytest

import ftpvm
from ftpvm.cli import main

ROOT = Path(__file__).parents[2]
MANIFEST = (ROOT / "blender_addon/blender_manifest.toml").read_text("utf-8")


def package(out: Path) -> Path:
    assert main(["package", "blender", "--out", str(out)]) == 0
    (built,) = out.iterdir()
    return built


def test_the_zip_is_complete_small_and_the_same_to_the_byte(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = package(tmp_path / "first")
    assert str(first) in capsys.readouterr().out
    assert first.stat().st_size < 40e6
    with zipfile.ZipFile(first) as archive:
        names = set(archive.namelist())
        (wheel,) = (name for name in names if name.endswith(".whl"))
        packed = zipfile.ZipFile(io.BytesIO(archive.read(wheel)))
    assert {"blender_manifest.toml", "__init__.py", "compat.py", "host/client.py", "LICENSE"} <= names
    assert not any("__pycache__" in name or "/." in name for name in [*names, *packed.namelist()])
    weights = (ROOT / "ftpvm/model/weights/default.safetensors").read_bytes()
    assert packed.read("ftpvm/model/weights/default.safetensors") == weights
    os.utime(ROOT / "blender_addon/__init__.py")  # another time of day makes no other zip
    assert package(tmp_path / "second").read_bytes() == first.read_bytes()


@pytest.fixture
def broken_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The manifest of sources that are nowhere near a checkout of ours."""
    monkeypatch.setattr("ftpvm.__file__", str(tmp_path / "ftpvm/__init__.py"))
    return tmp_path / "blender_addon/blender_manifest.toml"


@pytest.mark.parametrize(
    ("change", "to", "says"),
    [
        ('id = "ftpvm"', "", "id is missing"),
        (f'version = "{ftpvm.__version__}"', 'version = "9.0.0"', "version must be ftpvm's"),
        ('tagline = "', 'tagline = "' + "long " * 20, "tagline must be"),
        ("pressed", "pressed.", "the reason for network"),
        ("4.2.0", "4.2", "blender_version_min must be"),
        ("files = ", "magic = ", "permissions must be among"),
        ("[permissions]", "[permissions", "can't be read"),
    ],
)
def test_a_manifest_blender_would_refuse(
    broken_checkout: Path, capsys: pytest.CaptureFixture[str], change: str, to: str, says: str
) -> None:
    broken_checkout.parent.mkdir()
    broken_checkout.write_text(MANIFEST.replace(change, to, 1), "utf-8")
    out = broken_checkout.parent / "out"
    assert main(["package", "blender", "--out", str(out)]) == 3
    assert says in capsys.readouterr().err
    assert not out.exists()


def test_without_the_sources(broken_checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["package", "blender", "--out", str(broken_checkout.parent)]) == 3
    assert "source checkout" in capsys.readouterr().err
