# SPDX-License-Identifier: GPL-3.0-or-later
"""The base of every error that the add-on raises on purpose."""

from .host.errors import UserError as UserError
