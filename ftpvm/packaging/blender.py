# SPDX-License-Identifier: GPL-3.0-or-later
"""The Blender extension: the add-on, the worker's client beside it, and the wheel that Set Up Worker installs."""

import re
import tempfile
import tomllib
from pathlib import Path
from typing import Any

import ftpvm
from ftpvm.errors import InputError
from ftpvm.packaging.archive import source_files, write_zip
from ftpvm.packaging.checkout import build_wheel

MANIFEST = "blender_manifest.toml"
WHEEL_FOLDER = "worker"
_REQUIRED = {
    "schema_version": str, "id": str, "version": str, "name": str, "tagline": str, "maintainer": str, "type": str,
    "blender_version_min": str, "license": list, "permissions": dict,
}  # fmt: skip
_TERSE = 64  # characters that Blender allows for a tagline and for a permission's reason
_PERMISSIONS = {"files", "network", "clipboard", "camera", "microphone"}


def build_extension(root: Path, out: Path) -> Path:
    """Build the extension's zip from the checkout `root` into the folder `out`; returns its path.

    Raises InputError for a manifest that Blender would refuse, and what `build_wheel` and `write_zip` raise.
    """
    manifest = read_manifest(root / "blender_addon" / MANIFEST)
    path = out / f"{manifest['id']}-{manifest['version']}.zip"
    with tempfile.TemporaryDirectory() as folder:
        wheel = build_wheel(root, Path(folder))
        write_zip(path, _members(root) | {f"{WHEEL_FOLDER}/{wheel.name}": wheel})
    return path


def _members(root: Path) -> dict[str, Path]:
    host = {f"host/{name}": path for name, path in source_files(root / "ftpvm/host").items()}
    return source_files(root / "blender_addon") | host | {"LICENSE": root / "LICENSE"}


def read_manifest(path: Path) -> dict[str, Any]:
    """The manifest in `path`. Raises InputError with all that Blender or its extension site would refuse."""
    try:
        manifest = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} can't be read: {error}") from error
    faults = [f"{name} is missing" for name, kind in _REQUIRED.items() if not isinstance(manifest.get(name), kind)]
    if faults := faults or _faults(manifest):
        raise InputError(f"{path}: {'; '.join(faults)}.")
    return manifest


def _faults(manifest: dict[str, Any]) -> list[str]:
    reasons: dict[str, str] = manifest["permissions"]
    checks = {
        f"version must be ftpvm's, {ftpvm.__version__}": manifest["version"] == ftpvm.__version__,
        "schema_version must be 1.0.0": manifest["schema_version"] == "1.0.0",
        "id must be a Python name": manifest["id"].isidentifier(),
        'type must be "add-on"': manifest["type"] == "add-on",
        "blender_version_min must be three numbers": re.fullmatch(r"\d+\.\d+\.\d+", manifest["blender_version_min"]),
        "license must be SPDX:GPL-3.0-or-later": manifest["license"] == ["SPDX:GPL-3.0-or-later"],
        f"tagline must be {_TERSE} characters without a full stop": _is_terse(manifest["tagline"]),
        f"permissions must be among {', '.join(sorted(_PERMISSIONS))}": reasons.keys() <= _PERMISSIONS,
    } | {
        f"the reason for {name} must be {_TERSE} characters without a full stop": _is_terse(reason)
        for name, reason in reasons.items()
    }
    return [fault for fault, passed in checks.items() if not passed]


def _is_terse(text: str) -> bool:
    return 0 < len(text) <= _TERSE and text.isprintable() and text == text.strip() and text[-1].isalnum()
