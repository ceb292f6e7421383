# SPDX-License-Identifier: GPL-3.0-or-later
"""Wheels of next to nothing, under the names of what a worker needs: pip installs them for real."""

import json
import os
import zipfile
from pathlib import Path

DOCTOR = "import json, sys\nif __name__ == '__main__':\n    print(json.dumps({report!r}))\n"


def forget_pip_settings(monkeypatch) -> None:
    """Whatever this machine's pip is set up for, constraints on torch among it, knows nothing of these wheels."""
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "PIP_CONSTRAINT"):
        monkeypatch.delenv(name, raising=False)


def write_wheel(folder: Path, name: str, files: dict[str, str]) -> Path:
    """A pure wheel of version 9.0 with the given files."""
    folder.mkdir(exist_ok=True)
    path, info = folder / f"{name}-9.0-py3-none-any.whl", f"{name}-9.0.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        for file, text in files.items():
            wheel.writestr(file, text)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 9.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    return path


def write_ftpvm(folder: Path, usable: bool = True, detail: str = "fine") -> Path:
    """An ftpvm that only has a doctor."""
    findings = [{"name": "torch", "status": "ok" if usable else "broken", "detail": detail, "todo": "mend it"}]
    source = DOCTOR.format(report={"usable": usable, "findings": json.loads(json.dumps(findings))})
    return write_wheel(folder, "ftpvm", {"ftpvm/__init__.py": "", "ftpvm/cli.py": source})
