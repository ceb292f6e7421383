# SPDX-License-Identifier: GPL-3.0-or-later
"""An error's sentence for the terminal: with the switch that helps, which hosts, who show it too, don't have."""

from ftpvm.errors import MaskError, MissingFramesError

SWITCHES: dict[type[Exception], str] = {  # of ftpvm matte and batch
    MaskError: "--band 12",
    MissingFramesError: "--on-missing hold",
}


def sentence_of(error: Exception) -> str:
    """On one line."""
    words = " ".join(str(error).split())
    switch = SWITCHES.get(type(error))
    return f"{words} On the command line: {switch}." if switch else words
