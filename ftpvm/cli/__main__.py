# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m ftpvm.cli` is the `ftpvm` command."""

import sys

from . import main

sys.exit(main())
