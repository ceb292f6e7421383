# SPDX-License-Identifier: GPL-3.0-or-later
"""The base of every error that the add-on raises on purpose."""


class UserError(Exception):
    """Something the artist can mend. `str(error)` is one sentence that says how."""
