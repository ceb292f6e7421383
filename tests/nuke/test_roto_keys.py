# SPDX-License-Identifier: GPL-3.0-or-later
"""Key frames of a Roto's tree, which here are plain values of the same make."""

from ftpvm_nuke.roto_keys import key_frames


class Curve:
    def __init__(self, *times):
        self._times = list(times)

    def getControlPointKeyTimes(self):
        return self._times


class Point:
    def __init__(self, center=(), leftTangent=(), featherCenter=()):
        self.center, self.leftTangent, self.featherCenter = Curve(*center), Curve(*leftTangent), Curve(*featherCenter)
        self.rightTangent = self.featherLeftTangent = self.featherRightTangent = Curve()


class Transform:
    def __init__(self, times):
        self._times = list(times)

    def getTransformKeyTimes(self):
        return self._times


class Element(list):
    """A layer, a shape or a stroke."""

    def __init__(self, children, transform=()):
        super().__init__(children)
        self._transform = Transform(transform)

    def getTransform(self):
        return self._transform


def test_every_point_counts_not_only_the_first():
    shape = Element([Point(center=(1.0,)), Point(center=(1.0, 22.0)), Point(center=(48.0,))])
    assert key_frames(Element([shape])) == [1, 22, 48]


def test_tangents_and_feather_count():
    assert key_frames(Element([Element([Point(center=(1,), leftTangent=(5,), featherCenter=(9,))])])) == [1, 5, 9]


def test_transforms_of_shapes_and_of_layers_count_however_deep():
    shape = Element([Point(center=(1,))], transform=(10,))
    assert key_frames(Element([Element([Element([shape], transform=(20,))], transform=(30,))], transform=(40,))) == [
        1,
        10,
        20,
        30,
        40,
    ]


def test_strokes_hold_bare_curves():
    assert key_frames(Element([Element([Curve(3.0, 4.0), Curve(8.0)])])) == [3, 4, 8]


def test_an_unkeyed_roto_has_none():
    assert key_frames(Element([Element([Point()]), Element([])])) == []


def test_tracked_keys_between_frames_go_to_the_nearest():
    assert key_frames(Element([Element([Point(center=(1.4, 2.6))])])) == [1, 3]
