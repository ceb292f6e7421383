# SPDX-License-Identifier: GPL-3.0-or-later
"""A layout that draws nothing, and refuses what Blender's would: unknown properties, operators, icons and arguments."""

from functools import partial

import bpy

_REAL = bpy.types.UILayout.bl_rna


def draw(cls, owner=None):
    """What a panel, dialog or page of the preferences says. owner: the instance that has its properties."""
    layout = Layout()
    cls.draw(_Drawn(owner, layout), bpy.context)
    return layout


class _Drawn:
    """What `draw` gets as self: Blender gives its own a layout only while it draws."""

    def __init__(self, owner, layout):
        self._owner, self.layout = owner, layout

    def __getattr__(self, name):
        return getattr(self._owner, name)


class Layout:
    """words: of all labels, buttons and bars. pressed: the operators' names. shown: the properties' names."""

    def __init__(self, whole=None):
        whole = whole or self
        vars(self).update(_whole=whole, words=[], pressed=[], shown=[])

    def __setattr__(self, name, value):
        assert name in _REAL.properties, f"a layout has no {name}"

    def __getattr__(self, name):
        return partial(self._call, _REAL.functions[name])

    def _call(self, function, *values, **named):
        parameters = {each.identifier: each for each in function.parameters if not each.is_output}
        given = dict(zip(parameters, values, strict=False)) | named
        assert len(values) <= len(parameters) and given.keys() <= parameters.keys(), (function.identifier, given)
        assert given.keys() >= {name for name, each in parameters.items() if each.is_required}, function.identifier
        for name, value in given.items():
            _check(parameters[name], value)
        if given.get("text"):
            self._whole.words.append(given["text"])
        return self._made(function, given)

    def _made(self, function, given):
        for owner, name in (("data", "property"), ("search_data", "search_property")):
            if name in given:
                assert given[name] in given[owner].bl_rna.properties, f"{given[owner]} has no {given[name]}"
                self._whole.shown.append(given[name])
        for name in {"operator", "new"} & given.keys():
            group, _, operator = given[name].partition(".")
            properties = getattr(getattr(bpy.ops, group), operator).get_rna_type().properties
            self._whole.pressed.append(given[name])
        if "operator" in given:
            return _Properties(properties)
        return Layout(self._whole) if "layout" in function.parameters else None


def _check(parameter, value):
    if parameter.type == "ENUM":
        assert value in parameter.enum_items, f"{parameter.identifier} can't be {value}"
    kinds = {"STRING": str, "BOOLEAN": bool, "INT": int, "FLOAT": (int, float)}
    assert isinstance(value, kinds.get(parameter.type, object)), f"{parameter.identifier} can't be {value!r}"


class _Properties:
    """An operator's, to be set by a button."""

    def __init__(self, properties):
        vars(self)["_properties"] = properties

    def __setattr__(self, name, value):
        prop = self._properties[name]
        _check(prop, value)
