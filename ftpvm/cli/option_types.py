# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of options, each a `type=` of argparse, that several commands have."""

import argparse
from contextlib import suppress
from fractions import Fraction


def positive(text: str) -> int:
    """A whole number above 0."""
    with suppress(ValueError):
        if (number := int(text)) > 0:
            return number
    raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")


def fps(text: str) -> Fraction:
    """A frame rate, exactly."""
    with suppress(ValueError, ZeroDivisionError):
        if 0.01 <= (rate := Fraction(text)) <= 1000:
            return rate
    raise argparse.ArgumentTypeError(f"{text!r} is not a frame rate, as in 24, 23.976 or 30000/1001")
