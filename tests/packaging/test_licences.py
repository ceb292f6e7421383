# SPDX-License-Identifier: GPL-3.0-or-later
"""Every source file says under which licence it is."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = (".py", ".toml", ".jinja", ".sh")


def test_every_source_file_names_its_licence() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    sources = [ROOT / name for name in listed.splitlines() if name.endswith(SOURCES)]
    assert len(sources) > 300
    nameless = [path for path in sources if path.exists() and "SPDX-License-Identifier" not in path.read_text()[:300]]
    assert nameless == []
