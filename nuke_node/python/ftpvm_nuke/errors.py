# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong that the artist can do something about."""


class UserError(Exception):
    """Its text is one sentence with what to do."""


class CancelledError(Exception):
    """The artist stopped Nuke's own rendering."""
