# SPDX-License-Identifier: GPL-3.0-or-later
"""Which frames hang on which keyframes, and in which order the network goes through them."""

import random

import pytest

from ftpvm.propagation import DIRECTIONS, Span, plan_spans


def test_before_between_and_after() -> None:
    assert plan_spans([2, 6], range(0, 9)) == [
        Span(range(0, 2), (2,), (range(2, -1, -1),)),
        Span(range(2, 6), (2, 6), (range(2, 6), range(6, 2, -1))),
        Span(range(6, 9), (6,), (range(6, 9),)),
    ]


def test_forward_leaves_out_what_comes_before_the_first_keyframe() -> None:
    assert plan_spans([2, 6], range(0, 9), "forward") == [
        Span(range(2, 6), (2, 6), (range(2, 6),)),
        Span(range(6, 9), (6,), (range(6, 9),)),
    ]


def test_backward_leaves_out_what_comes_after_the_last_keyframe() -> None:
    assert plan_spans([2, 6], range(0, 9), "backward") == [
        Span(range(0, 2), (2,), (range(2, -1, -1),)),
        Span(range(2, 6), (2, 6), (range(6, 1, -1),)),
        Span(range(6, 7), (6,), (range(6, 7),)),
    ]


def test_a_keyframe_on_every_frame_is_plain_matting() -> None:
    spans = plan_spans([4, 5, 6], range(4, 7))
    assert [span.passes for span in spans] == [(range(4, 5),), (range(5, 6),), (range(6, 7),)]
    assert [span.keyframes for span in spans] == [(4, 5), (5, 6), (6,)]


def test_one_frame() -> None:
    assert plan_spans([7], range(7, 8)) == [Span(range(7, 8), (7,), (range(7, 8),))]


def test_shares_go_by_temporal_distance() -> None:
    span = plan_spans([10, 14], range(10, 15))[0]
    assert [span.backward_share(frame) for frame in span.frames] == [0, 0.25, 0.5, 0.75]


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("seed", range(40))
def test_any_keyframes_write_every_frame_they_reach_once(seed: int, direction: str) -> None:
    chance = random.Random(seed)
    frames = range(chance.randrange(50), 50 + chance.randrange(1, 30))
    keyframes = sorted(chance.sample(frames, chance.randint(1, min(len(frames), chance.choice([1, 3, 30])))))
    spans = plan_spans(keyframes, frames, direction)  # type: ignore[arg-type]
    first = keyframes[0] if direction == "forward" else frames[0]
    last = keyframes[-1] if direction == "backward" else frames[-1]
    assert [frame for span in spans for frame in span.frames] == list(range(first, last + 1))
    for span in spans:
        _check_passes(span, keyframes)


def _check_passes(span: Span, keyframes: list[int]) -> None:
    near = [k for k in keyframes if k <= span.frames[0]][-1:] + [k for k in keyframes if k > span.frames[-1]][:1]
    assert list(span.keyframes) == near
    assert all(order[0] in span.keyframes and order.step in (1, -1) for order in span.passes)
    assert span.work == sum(len(order) for order in span.passes) <= 2 * len(span.frames) + 1
    for frame in span.frames:
        last_visits = [i for i, order in enumerate(span.passes) if frame in order and span.is_last_visit(frame, i)]
        assert len(last_visits) == 1
