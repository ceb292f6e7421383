# SPDX-License-Identifier: GPL-3.0-or-later
"""The node: a Group with these knobs, and inside it a Read of the mattes beside the plate."""

from __future__ import annotations

from typing import Any

import nuke

from . import frames, identity
from .job import DIRECTIONS, FORMATS, Settings

NAME = "FTPVM_PropagateMatte"
PLATE, ROTO = 0, 1  # inputs
HAS_MATTE = "has_matte"
SHOWN = ("plate with the matte in alpha", "matte alone")
ROTO_IS = ("mask or matte", "trimap")
DEVICES = ("auto", "cuda", "cuda:1", "mps", "cpu")
ROTOS = ("Roto", "RotoPaint")


def create() -> Any:
    """Make the node, connected to what is selected: a Roto to its roto input, anything else to its plate input."""
    selected = nuke.selectedNodes()
    node = nuke.createNode("Group", inpanel=False)
    node.setName(f"{NAME}1")
    for knob in _knobs():
        node.addKnob(knob)
    with node:
        _build()
    node["label"].setValue("[value status]")
    for name, end in (("first", "first_frame"), ("last", "last_frame")):
        node[name].setValue(int(nuke.root()[end].value()))
    identity.own_uid(node)
    for chosen in selected:
        slot = ROTO if chosen.Class() in ROTOS else PLATE
        if node.input(slot) is None:
            node.setInput(slot, chosen)
    node.showControlPanel()
    return node


def settings_of(node: Any) -> Settings:
    """What the artist has chosen. Raises UserError for keyframes that aren't frames."""
    limited = node["use_range"].value()
    return Settings(
        keyframes=tuple(frames.parsed(node["keyframes"].value())),
        is_trimap=node["roto_is"].value() == ROTO_IS[1],
        band=(int(node["band_inside"].value()), int(node["band_outside"].value())),
        ends=(int(node["first"].value()), int(node["last"].value())) if limited else None,
        direction=DIRECTIONS[node["direction"].value()],
        resolution=int(node["resolution"].value()),
        adapt="adapt" in node.knobs() and bool(node["adapt"].value()),  # nodes made before lack it
        device=node["device"].value(),
        colorspace=node["colorspace"].value().strip() or "auto",
        folder=(node["folder"].getEvaluatedValue() or "").strip(),
        format=FORMATS[node["file_format"].value()],
    )


def update_enabled(node: Any) -> None:
    """Grey out what has no effect."""
    for name in ("band_inside", "band_outside"):
        node[name].setEnabled(node["roto_is"].value() == ROTO_IS[0])
    for name in ("first", "last"):
        node[name].setEnabled(bool(node["use_range"].value()))


def _build() -> None:
    plate = nuke.nodes.Input(name="plate", number=PLATE)
    nuke.nodes.Input(name="roto", number=ROTO)
    matte = nuke.nodes.Read(
        name="Matte", raw=True, before="black", after="black", on_error="black", localizationPolicy="off"
    )
    channels = {"from0": "rgba.alpha", "to0": "rgba.alpha"}
    both = nuke.nodes.Copy(name="PlateWithMatte", inputs=[plate, matte], **channels)
    alone = nuke.nodes.Copy(name="MatteAlone", inputs=[matte, matte], **channels)
    show = nuke.nodes.Switch(name="Show", inputs=[plate, both, alone])
    show["which"].setExpression(f"parent.{HAS_MATTE} * (1 + parent.shown)")
    nuke.nodes.Output(name="Output", inputs=[show])


def _knobs() -> list[Any]:
    """Shown ones in the order of the panel, then those that only remember."""
    return [*_main_knobs(), *_keyframe_knobs(), *_matting_knobs(), *_output_knobs(), *_hidden_knobs()]


def _main_knobs() -> list[Any]:
    status = nuke.String_Knob("status", "status")
    stops = "Stop within two frames on a CPU, eight on a GPU (or a step of adapting)"
    return [
        nuke.Tab_Knob("ftpvm", "FTP-VM"),
        _button(
            "propagate", "Propagate Matte", "Matte the plate from the keyframes; only what changed runs again", True
        ),
        _button("cancel", "Cancel", f"{stops}; what is done is kept, the next press goes on from there"),
        _told(status, "What this node is doing, or how it ended", nuke.READ_ONLY),
    ]


def _keyframe_knobs() -> list[Any]:
    roto_is = nuke.Enumeration_Knob("roto_is", "roto is", list(ROTO_IS))
    return [
        nuke.Text_Knob("about_keyframes", "Keyframes"),
        _told(nuke.String_Knob("keyframes", "frames"), "Frames on which the roto input is right, as in 1, 22, 48-50"),
        _button(
            "from_roto", "From Roto", "Every frame on which a point, transform or layer of the Roto is keyed", True
        ),
        _button("add_current", "Add Current", "Add the frame that the viewer shows"),
        _told(
            roto_is,
            "What the roto input's alpha holds: a mask or matte, around whose edge a band is unknown, or a trimap of "
            "0 (background), 0.5 (unknown) and 1 (foreground)",
        ),
        _number("band_inside", "unknown inside", 8, "Pixels inside of the mask's edge where the network decides"),
        _beside(_number("band_outside", "unknown outside", 12, "The same outside of the mask's edge")),
    ]


def _matting_knobs() -> list[Any]:
    direction = nuke.Enumeration_Knob("direction", "direction", list(DIRECTIONS))
    colorspace = nuke.String_Knob("colorspace", "colourspace")
    colorspace.setValue("auto")
    limit = "Only from this to that frame, instead of the whole plate"
    return [
        nuke.Text_Knob("about_matting", "Matting"),
        _told(nuke.Boolean_Knob("use_range", "limit to"), limit, nuke.STARTLINE),
        _beside(_number("first", "first", 1, "The first frame to matte")),
        _beside(_number("last", "last", 100, "The last frame to matte")),
        _told(direction, "Between two keyframes: a forward and a backward pass blended, or one of them"),
        _number(
            "resolution", "resolution", 0,
            "Long side in pixels at which the network works; 0 takes what the weights are best at. Larger is slower "
            "and finer",
        ),
        _told(
            nuke.Boolean_Knob("adapt", "adapt to keyframes"),
            "Train the network on the keyframes first: better mattes of hard shots. Every stretch between two "
            "keyframes then starts later, on a CPU by a minute or two at 512 px",
            nuke.STARTLINE,
        ),
        _told(nuke.Enumeration_Knob("device", "device", list(DEVICES)), "What the network runs on"),
        _told(
            colorspace,
            "The plate's colours. auto: the Read's, or what Nuke makes of anything else. srgb, linear, cineon or a "
            "name of the OCIO config: the pixels in the file, or as they come out of the plate's node, are that",
        ),
    ]  # fmt: skip


def _output_knobs() -> list[Any]:
    shown = nuke.Enumeration_Knob("shown", "output", list(SHOWN))
    file_format = nuke.Enumeration_Knob("file_format", "format", list(FORMATS))
    again = "Look for mattes on disk again, and let the next press write the plate anew where it must be written"
    return [
        nuke.Text_Knob("about_output", "Output"),
        _told(shown, "What this node gives; the plate isn't premultiplied"),
        _told(nuke.File_Knob("folder", "folder"), "Where mattes go; empty is the folder mattes beside the script"),
        _told(file_format, "The mattes' file format"),
        _button("reload", "Reload", again, True),
        _button("set_up", "Set Up Worker", "Install or update what runs the network, once on each machine"),
    ]


def _hidden_knobs() -> list[Any]:
    """unfinished: the machine on which a run was under way when the script was saved."""
    knobs = [nuke.Boolean_Knob(HAS_MATTE, ""), nuke.String_Knob(identity.UID, ""), nuke.String_Knob("unfinished", "")]
    return [_told(knob, "", nuke.INVISIBLE) for knob in knobs]


def _told(knob: Any, tooltip: str, *flags: int) -> Any:
    knob.setTooltip(tooltip)
    for flag in flags:
        knob.setFlag(flag)
    return knob


def _button(name: str, label: str, tooltip: str, new_line: bool = False) -> Any:
    command = f"from ftpvm_nuke import buttons; buttons.{name}()"
    return _told(nuke.PyScript_Knob(name, label, command), tooltip, *([nuke.STARTLINE] if new_line else []))


def _beside(knob: Any) -> Any:
    """In the row of the knob before it."""
    knob.clearFlag(nuke.STARTLINE)
    return knob


def _number(name: str, label: str, value: int, tooltip: str) -> Any:
    knob = _told(nuke.Int_Knob(name, label), tooltip)
    knob.setValue(value)
    return knob
