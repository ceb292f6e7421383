# SPDX-License-Identifier: GPL-3.0-or-later
"""Run Python code where little can be written: a process whose files may not exceed a size.

The kernel then refuses the write in the middle of a file, exactly where a full disk would, and no privilege is needed.
"""

import os
import subprocess
import sys

_LIMIT = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({0}, resource.RLIM_INFINITY))\n"


def run_with_file_limit(code: str, limit: int, *arguments: str) -> str:
    """What `code` prints when no file may grow beyond `limit` bytes; its `sys.argv[1:]` are `arguments`."""
    command = [sys.executable, "-c", "import sys\n" + _LIMIT.format(limit) + code, *arguments]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(p for p in ("", *sys.path) if p),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    result = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=50, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()
