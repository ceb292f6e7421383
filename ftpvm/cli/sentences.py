# SPDX-License-Identifier: GPL-3.0-or-later
"""An error's sentence for the terminal: with the switch that helps, which hosts, who show the sentence too, lack."""

from ftpvm.errors import MaskError, MissingFramesError, TrimapSizeError

SWITCHES: dict[type[Exception], str] = {  # of ftpvm matte; a list for ftpvm batch has them as keys
    MaskError: "--band 12",
    TrimapSizeError: "--fit",
    MissingFramesError: "--on-missing hold",
}


def sentence_of(error: Exception, *, of_shot: bool) -> str:
    """On one line. of_shot: whether it is of a command that has the switches."""
    words = " ".join(str(error).split())
    switch = SWITCHES.get(type(error)) if of_shot else None
    return f"{words} With `ftpvm matte`: {switch}." if switch else words
