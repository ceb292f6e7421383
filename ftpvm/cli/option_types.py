# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of options, each a `type=` of argparse that says what it expects."""

import argparse
import math
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from typing import TypeVar

Number = TypeVar("Number", int, float)


def _number(kind: type[Number], fits: Callable[[Number], bool], what: str) -> Callable[[str], Number]:
    def parse(text: str) -> Number:
        with suppress(ValueError):
            number = kind(text)
            if fits(number):
                return number
        raise argparse.ArgumentTypeError(f"{text!r} is not {what}")

    return parse


positive = _number(int, lambda number: number > 0, "a whole number above 0")
whole = _number(int, lambda number: number >= 0, "a whole number of 0 or more")
above_zero = _number(float, lambda number: 0 < number < math.inf, "a number above 0")
share = _number(float, lambda number: 0 <= number <= 1, "a number from 0 to 1")
ratio = _number(float, lambda number: 0 < number <= 1, "a fraction above 0, at most 1, as in 0.5")


def fps(text: str) -> Fraction:
    """A frame rate, exactly."""
    with suppress(ValueError, ZeroDivisionError):
        if 0.01 <= (rate := Fraction(text)) <= 1000:
            return rate
    raise argparse.ArgumentTypeError(f"{text!r} is not a frame rate, as in 24, 23.976 or 30000/1001")
