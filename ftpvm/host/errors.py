# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong on purpose inside a host."""


class UserError(Exception):
    """Something the artist can mend. `str(error)` is one sentence that says how."""


class StoppedError(Exception):
    """The artist stopped the host's own part of a press, such as its rendering."""
