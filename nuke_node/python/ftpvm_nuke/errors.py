# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong that the artist can do something about."""

from .host.errors import StoppedError as StoppedError
from .host.errors import UserError as UserError


class BusyError(Exception):
    """Nuke renders something else just now: ask again."""
