# SPDX-License-Identifier: GPL-3.0-or-later
"""The image encoder: a timm backbone giving maps at strides 2, 4, 8 and 16."""

import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import timm
from huggingface_hub import constants as hub
from torch import Tensor, nn

from ..errors import CheckpointError, SettingsError

STRIDES = (2, 4, 8, 16)
HUB_PATIENCE = 5.0  # seconds


class Encoder(nn.Module):
    """Four feature maps of an image by any timm backbone that has strides 2, 4, 8 and 16.

    Args:
        arch: timm model name.
        pretrained: load timm's ImageNet weights (needs the network connection or timm's cache).

    Raises:
        SettingsError: the backbone is unknown to timm or lacks one of the four strides.
        CheckpointError: pretrained weights were asked for and can't be had.
    """

    def __init__(self, arch: str = "mobilenetv3_large_100", pretrained: bool = False) -> None:
        super().__init__()
        backbone = _create(arch)
        if tuple(backbone.feature_info.reduction()) != STRIDES:
            raise SettingsError(f"Backbone {arch!r} has no feature maps at strides 2, 4, 8 and 16; choose another one.")
        self.backbone = _create_pretrained(arch) if pretrained else backbone
        self.channels: list[int] = backbone.feature_info.channels()
        _skip_unread_stages(self.backbone)

    def forward(self, images: Tensor) -> list[Tensor]:
        """(n, 3, h, w) RGB in [0, 1], h and w multiples of 16 -> maps (n, channels[i], h / STRIDES[i], ...)."""
        stages: Callable[[Tensor], list[Tensor]] = self.backbone
        return list(stages(images))


def _create(arch: str, pretrained: bool = False) -> Any:  # timm is untyped
    try:
        return timm.create_model(arch, pretrained, features_only=True, out_indices=(0, 1, 2, 3))
    except (RuntimeError, AssertionError, AttributeError, IndexError, TypeError) as error:
        raise SettingsError(f"timm can't build {arch!r} as a feature extractor with 4 levels: {error}.") from error


def _create_pretrained(arch: str) -> Any:
    try:
        with _offline_if_unreachable():
            return _create(arch, pretrained=True)
    except Exception as error:  # timm and the hub fail in many ways, and all of them mean this
        raise CheckpointError(
            f"The ImageNet weights of {arch!r} can't be had: connect to the internet once, or train from scratch."
        ) from error


@contextmanager
def _offline_if_unreachable() -> Iterator[None]:
    """The hub's client retries for a minute; where its host doesn't answer once, only its cache is asked."""
    before = hub.HF_HUB_OFFLINE
    hub.HF_HUB_OFFLINE = before or not _answers(hub.ENDPOINT)
    try:
        yield
    finally:
        hub.HF_HUB_OFFLINE = before


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=HUB_PATIENCE).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def _skip_unread_stages(backbone: Any) -> None:
    """Stages behind stride 16 stay in the checkpoint, but nobody reads them: neither compute nor train them."""
    last = backbone.feature_info.module_name()[-1]
    if not last.startswith("blocks."):
        return
    for stage in list(backbone.blocks)[int(last.removeprefix("blocks.")) + 1 :]:
        stage.requires_grad_(False)
        stage.forward = _pass_by


def _pass_by(x: Tensor) -> Tensor:
    return x
