# SPDX-License-Identifier: GPL-3.0-or-later
"""Any frame size works, and the matte lies exactly over its frame."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ftpvm.model import FastTrimapPropagationVideoMatting as FTPVM

STEEPNESS = 10


@pytest.fixture(scope="module")
def network() -> FTPVM:
    torch.manual_seed(0)
    return FTPVM().eval()


class SeesBrightness(nn.Module):
    """Stands in for the matting decoder: hands on the (small, padded) image it is given."""

    def forward(
        self, s16: Tensor, s4: Tensor, features: list[Tensor], images: list[Tensor], state: list[None]
    ) -> tuple[Tensor, list[None]]:
        return images[0][:, :, :1].expand(-1, -1, 8, -1, -1), state


@pytest.fixture(scope="module")
def brightness_matte() -> FTPVM:
    """A network whose boundary matte is sharpen(brightness), so that its mattes show where it saw what."""
    torch.manual_seed(0)
    network = FTPVM().eval()
    network.mat_decoder = SeesBrightness()
    nn.init.constant_(network.mat_project.conv.weight, STEEPNESS / 8)
    nn.init.constant_(network.mat_project.conv.bias, -STEEPNESS / 2)
    return network


def sharpen(brightness: Tensor) -> Tensor:
    return torch.sigmoid(STEEPNESS * (brightness - 0.5))


def disc(h: int, w: int) -> Tensor:
    """Coverage of a disc near the bottom right corner, where a stretched frame errs most: (h, w)."""
    fine = 8
    y, x = (((torch.arange(n * fine) + 0.5) / fine) for n in (h, w))
    inside = (y[:, None] - 0.72 * h) ** 2 + (x - 0.75 * w) ** 2 < (0.2 * min(h, w)) ** 2
    return F.avg_pool2d(inside.float()[None, None], fine)[0, 0]


def centre(matte: Tensor) -> Tensor:
    """(x, y) of the centre of mass above the background, in pixels."""
    h, w = matte.shape
    mass = matte - matte[0, 0]
    return torch.stack([(mass.sum(0) * torch.arange(w)).sum(), (mass.sum(1) * torch.arange(h)).sum()]) / mass.sum()


@pytest.mark.parametrize(
    ("h", "w", "ratio"),
    [
        (192, 256, 0.5),  # nothing to pad
        (180, 320, 0.5),
        (270, 200, 0.5),  # portrait
        (151, 203, 0.5),  # odd: the small size is rounded
        (300, 410, 0.3),  # below half size, where the frame is smoothed before
        (131, 150, 0.73),
        (131, 150, 1),
        (96, 128, 1),
    ],
)
@torch.inference_mode()
def test_a_known_edge_does_not_shift(brightness_matte: FTPVM, h: int, w: int, ratio: float) -> None:
    brightness = 0.2 + 0.6 * disc(h, w)
    truth = sharpen(brightness)
    image, trimap = brightness.expand(1, 1, 3, h, w), torch.full((1, 1, 1, h, w), 0.5)
    full = brightness_matte(image, image, trimap, downsample_ratio=ratio, replace_given_seg=True)[2]
    assert full.shape == (1, 1, 1, h, w)
    shift = centre(full[0, 0, 0]) - centre(truth)
    assert shift.abs().max() < 0.1, f"shifted by {shift.tolist()} px"


@torch.inference_mode()
def test_padding_repeats_the_border_and_is_cut_off_again(network: FTPVM) -> None:
    torch.manual_seed(2)
    image, memory, trimap = torch.rand(1, 2, 3, 41, 70), torch.rand(1, 1, 3, 41, 70), torch.rand(1, 1, 1, 41, 70)
    padded = [F.pad(x.flatten(0, 1), (0, 10, 0, 7), mode="replicate")[None] for x in (image, memory, trimap)]
    found, expected = network(image, memory, trimap), network(*padded)
    for index in range(3):
        torch.testing.assert_close(found[index], expected[index][..., :41, :70], rtol=0, atol=1e-5)


@pytest.mark.parametrize(("h", "w"), [(1, 1), (5, 300), (17, 15)])
@torch.inference_mode()
def test_tiny_and_narrow_frames(network: FTPVM, h: int, w: int) -> None:
    image, trimap = torch.rand(1, 1, 3, h, w), torch.full((1, 1, 1, h, w), 0.5)
    for ratio in (1, 0.5):
        full = network(image, image, trimap, downsample_ratio=ratio)[2]
        assert full.shape == (1, 1, 1, h, w)
        assert full.isfinite().all()


@pytest.mark.parametrize("ratio", [0.2, 0.3, 0.4])
@torch.inference_mode()
def test_stripes_finer_than_the_small_frame_do_not_flicker(brightness_matte: FTPVM, ratio: float) -> None:
    stripes = (torch.arange(320) % 2).float().expand(1, 1, 3, 160, 320)
    trimap = torch.full((1, 1, 1, 160, 320), 0.5)
    panned = [brightness_matte(x, x, trimap, downsample_ratio=ratio)[1] for x in (stripes, stripes.roll(1, -1))]
    assert (panned[0] - panned[1])[..., 4:-4, 4:-4].abs().max() < 0.15  # 0.8 and more where pixels are skipped
