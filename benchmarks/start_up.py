# SPDX-License-Identifier: GPL-3.0-or-later
"""How long the parts take that people wait for without getting anything: imports and help."""

import subprocess
import sys
import time

COMMANDS = {"import ftpvm": ["-c", "import ftpvm"], "ftpvm --help": ["-m", "ftpvm.cli", "--help"]}


def seconds(arguments: list[str], repeats: int = 7) -> float:
    """The fastest of several runs, less what Python itself takes."""
    return _fastest(arguments, repeats) - _fastest(["-c", ""], repeats)


def _fastest(arguments: list[str], repeats: int) -> float:
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - began)
    return min(times)


def main() -> None:
    """A table row a command."""
    print("| what | seconds on top of Python's own start |\n|---|---|")
    for name, arguments in COMMANDS.items():
        print(f"| `{name}` | {seconds(arguments):.3f} |")


if __name__ == "__main__":
    main()
