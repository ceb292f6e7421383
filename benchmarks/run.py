# SPDX-License-Identifier: GPL-3.0-or-later
"""The benchmarks that need nothing but ftpvm, one after the other, as the Markdown tables of README.md."""

import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

import torch

BENCHMARKS = ("start_up.py", "worker_latency.py", "memory_read.py", "long_clip.py", "metrics_speed.py")
BENCH = [sys.executable, "-m", "ftpvm.cli", "bench"]  # what anyone can run without a checkout


def main() -> None:
    """Each in a process of its own, so that none sees another's memory."""
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, ")
    print(f"torch {torch.__version__}, GPU: {torch.cuda.get_device_name() if torch.cuda.is_available() else 'none'}")
    for name in BENCHMARKS:
        print(f"\n## {name}\n", flush=True)
        subprocess.run([sys.executable, str(Path(__file__).parent / name)], check=True)
    print("\n## ftpvm bench\n", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([*BENCH, "--quick", "--no-plot", "--out", folder], check=True)


if __name__ == "__main__":
    main()
