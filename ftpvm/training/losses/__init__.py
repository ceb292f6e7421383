# SPDX-License-Identifier: GPL-3.0-or-later
"""The published losses, each a scalar; the default recipe weighs parts of them its own way.

In a run of several processes their mean is the loss of the whole batch.
Logits are (b, t, 3, h, w) in the order background, unknown, foreground; mattes, masks and trimaps (b, t, 1, h, w).
"""

from .classes import CELOSS_TYPES, class_loss, trimap_classes
from .consistency import TVLOSS_TYPES, consistency_loss
from .matting import matte_loss

__all__ = ["CELOSS_TYPES", "TVLOSS_TYPES", "class_loss", "consistency_loss", "matte_loss", "trimap_classes"]
