# SPDX-License-Identifier: GPL-3.0-or-later
"""What published data sets look like on disk: shared by training and evaluation, and knows neither."""
