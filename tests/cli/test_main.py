# SPDX-License-Identifier: GPL-3.0-or-later
"""How `main` turns what a command does into an exit code and a line on stderr."""

import sys

import pytest

from ftpvm.cli import main, weights
from ftpvm.errors import DeviceError, DiskFullError, FtpvmError, MissingFramesError, TrimapError


def fail_with(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    def raise_it(_: object) -> None:
        raise error

    monkeypatch.setattr(weights, "_list", raise_it)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (FtpvmError("a\nb"), 1), (TrimapError("a b"), 3), (DiskFullError("a b"), 4), (DeviceError("a b"), 5),
        (MissingFramesError("a b"), 3),  # this command has no --on-missing
    ],
)  # fmt: skip
def test_our_errors(
    error: FtpvmError, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fail_with(error, monkeypatch)
    assert main(["weights", "list"]) == code
    assert capsys.readouterr().err == "ftpvm: a b\n"


def test_unexpected_errors(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    fail_with(ZeroDivisionError("oops\noops"), monkeypatch)
    assert main(["weights", "list"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("ftpvm: unexpected error ZeroDivisionError: oops oops")
    assert "--debug" in line


def test_interrupt(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    fail_with(KeyboardInterrupt(), monkeypatch)
    assert main(["weights", "list"]) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_a_reader_that_left(monkeypatch: pytest.MonkeyPatch) -> None:
    fail_with(BrokenPipeError(), monkeypatch)
    monkeypatch.setattr(sys, "stdout", sys.stdout)  # main replaces it
    assert main(["weights", "list"]) == 141


def test_arguments_default_to_the_command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["ftpvm", "--version"])
    assert main() == 0
    assert capsys.readouterr().out.startswith("ftpvm ")
