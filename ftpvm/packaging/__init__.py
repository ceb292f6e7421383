# SPDX-License-Identifier: GPL-3.0-or-later
"""What artists install, made from a source checkout: archives of a host's add-on, the worker's client and the wheel."""
