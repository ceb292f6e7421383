# SPDX-License-Identifier: GPL-3.0-or-later
"""FTP-VM: Huang & Lee, "End-to-End Video Matting With Trimap Propagation", CVPR 2023."""

from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor, nn

from .bottleneck import Bottleneck
from .decoders import MattingDecoder, State, TrimapDecoder
from .encoder import Encoder
from .framing import Framing
from .fusion import TrimapFusion
from .guided_filter import fast_guided_filter
from .layers import Projection, as_clip, channels_last, enlarge, halve, per_frame
from .merging import merge_mattes

Outputs = list[Any]  # tensors and lists of tensors mixed, as published

DEFAULT_BACKBONE = "mobilenetv3_large_100"


class FastTrimapPropagationVideoMatting(nn.Module):
    """Video matting from a few frames with trimaps.

    Shapes: b batch, t query frames, m memory frames. Images are RGB in [0, 1]; trimaps hold 0 (background),
    0.5 (unknown) and 1 (foreground). Any height and width will do: they are padded to multiples of 16 inside.

    A recurrent memory is two lists of two tensors, `[rec_seg, rec_mat]`; it goes in and comes out as a plain value.

    Args:
        backbone_arch: any timm backbone with feature maps at strides 2, 4, 8 and 16.
        backbone_pretrained: start from timm's ImageNet weights; needs them in timm's cache or a network connection.

    Raises:
        SettingsError: timm doesn't know the backbone, or it lacks one of the strides.
        CheckpointError: the ImageNet weights can't be had.
    """

    default_rec: list[State] = [[None, None], [None, None]]  # noqa: RUF012 -- never written to

    def __init__(self, backbone_arch: str = DEFAULT_BACKBONE, backbone_pretrained: bool = False) -> None:
        super().__init__()
        self.backbone_arch = backbone_arch
        self.backbone = Encoder(backbone_arch, backbone_pretrained)
        channels = self.backbone.channels
        self.trimap_fuse = TrimapFusion(channels)
        self.bottleneck_fuse = Bottleneck(channels[3])
        self.seg_decoder = TrimapDecoder(channels[2])
        self.seg_project = Projection(16, 3)
        self.mat_decoder = MattingDecoder(channels[0], channels[1])
        self.mat_project = Projection(8, 1)

    def forward(
        self,
        query_imgs: Tensor,
        memory_imgs: Tensor,
        memory_trimaps: Tensor,
        rec_seg: State | None = None,
        rec_mat: State | None = None,
        *,
        downsample_ratio: float = 1,
        segmentation_pass: bool = False,
        replace_given_seg: bool = False,
    ) -> Outputs:
        """Encode the memory frames and run the query frames against them.

        Args:
            query_imgs: (b, t, 3, h, w).
            memory_imgs: (b, m, 3, h, w).
            memory_trimaps: (b, m, 1, h, w).
            rec_seg, rec_mat: the recurrent memory of the frames before; None at a start.
            downsample_ratio: run at this fraction of the size; the guided filter brings the full matte back.
            segmentation_pass: skip the matting decoder.
            replace_given_seg: the first m query frames ARE the memory frames: use their trimaps as given.

        Returns:
            [trimap logits (b, t, 3, h, w), boundary matte (b, t, 1, h, w), full matte (b, t, 1, h, w),
            [rec_seg, rec_mat]], or [trimap logits, rec_seg] for a segmentation pass. Logits are ordered background,
            unknown, foreground. With a downsample_ratio the first two have the small size, and the full matte is
            not clamped to [0, 1].
        """
        key, value = self.encode_imgs_to_value(memory_imgs, memory_trimaps, downsample_ratio=downsample_ratio)
        return self.forward_with_memory(
            query_imgs, key, value, rec_seg, rec_mat,
            downsample_ratio=downsample_ratio, segmentation_pass=segmentation_pass,
            given_trimaps=memory_trimaps if replace_given_seg else None,
        )  # fmt: skip

    def encode_imgs_to_value(
        self, memory_imgs: Tensor, memory_trimaps: Tensor, *, downsample_ratio: float = 1
    ) -> tuple[Tensor, Tensor]:
        """(b, m, 3, h, w), (b, m, 1, h, w) -> key (b, m, 112, h/16, w/16), value (b, 112, m, h/16, w/16)."""
        framing = Framing.of(memory_imgs, downsample_ratio)
        features = self._encode(framing.pad(framing.shrink(memory_imgs)))
        trimaps = framing.pad(framing.shrink(memory_trimaps))
        value = self.trimap_fuse([f.flatten(0, 1) for f in features], trimaps.flatten(0, 1))
        return features[3], as_clip(value, memory_imgs).transpose(1, 2)

    def forward_with_memory(
        self,
        query_imgs: Tensor,
        memory_key: Tensor,
        memory_value: Tensor,
        rec_seg: State | None = None,
        rec_mat: State | None = None,
        *,
        downsample_ratio: float = 1,
        segmentation_pass: bool = False,
        given_trimaps: Tensor | None = None,
    ) -> Outputs:
        """`forward` with memory frames encoded before by `encode_imgs_to_value` at the same downsample_ratio.

        `given_trimaps` (b, n, 1, h, w), n <= t, are used for the first n query frames instead of the predicted ones.
        """
        framing = Framing.of(query_imgs, downsample_ratio)
        small = framing.shrink(query_imgs)
        images = [per_frame(channels_last, framing.pad(small))]
        for _ in range(3):
            images.append(per_frame(halve, images[-1]))

        features = self._encode(images[0])
        # Recurrent states are listed from fine to coarse, the decoders go from coarse to fine.
        x, s16, s4, states = self.seg_decoder(
            self.bottleneck_fuse(features[3], memory_key, memory_value),
            features[2], images[3], images[2], (rec_seg or [None, None])[::-1],
        )  # fmt: skip
        rec_seg = states[::-1]
        logits = framing.crop(per_frame(lambda y: enlarge(y, 4), _in_float32(self.seg_project, x)))
        if segmentation_pass:
            return [logits, rec_seg]

        x, states = self.mat_decoder(s16, s4, features[:2], images[:3], (rec_mat or [None, None])[::-1])
        boundary = framing.crop(torch.sigmoid(_in_float32(self.mat_project, x)))
        given = None if given_trimaps is None else framing.shrink(given_trimaps)
        full = merge_mattes(logits, boundary, given)
        if framing.is_shrunk:
            full = _refine(small, full, query_imgs)
        return [logits, boundary, full, [rec_seg, states[::-1]]]

    def _encode(self, images: Tensor) -> list[Tensor]:
        return [as_clip(f, images) for f in self.backbone(images.flatten(0, 1))]


def is_matting(outputs: Outputs) -> bool:
    """Whether the network's outputs are of a matting pass: a segmentation pass has its recurrent memory second."""
    return torch.is_tensor(outputs[1])


def _in_float32(layer: nn.Module, x: Tensor) -> Tensor:
    """Under autocast too, which gives halves: a bfloat16 matte would have 256 levels."""
    # Before torch 2.5 MPS has no autocast, not even one to turn off.
    is_half = x.dtype != torch.float32
    with torch.autocast(x.device.type, enabled=False) if is_half else nullcontext():
        output: Tensor = layer(x.float())
    return output


def _refine(small_images: Tensor, small_mattes: Tensor, images: Tensor) -> Tensor:
    """Guided filter, frame by frame, on the channel mean."""
    small_guide, guide = (x.flatten(0, 1).mean(1, keepdim=True) for x in (small_images, images))
    refined = fast_guided_filter(small_guide, small_mattes.flatten(0, 1), guide)
    return as_clip(refined, images)
