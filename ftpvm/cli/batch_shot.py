# SPDX-License-Identifier: GPL-3.0-or-later
"""What a folder and a list of shots are to `ftpvm batch`."""

from collections.abc import Callable
from dataclasses import dataclass

from ftpvm.cli.one_shot import Wanted


@dataclass(frozen=True)
class BatchShot:
    """A shot by its name in the table. wanted: raises what is wrong with this one."""

    name: str
    wanted: Callable[[], Wanted]
