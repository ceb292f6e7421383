# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on's preferences: which Python runs the worker, how its environment is made, and whether it works."""

import textwrap
from pathlib import Path

import bpy
from bpy.props import EnumProperty, StringProperty

from . import setting_up
from .errors import UserError
from .host.environment import OUTDATED, Environment
from .host.installer import DONE, FAILED
from .host.torch_builds import builds_here, likely_build

DEVICES = (
    ("auto", "Automatic", "The GPU if torch finds one, else the CPU"),
    ("cuda", "GPU (NVIDIA, AMD)", "The first GPU that torch finds"),
    ("cuda:1", "Second GPU", "The second GPU that torch finds, for machines whose first one shows the desktop"),
    ("mps", "GPU (Apple)", "The GPU of an Apple machine"),
    ("cpu", "CPU", "Seconds a frame, on any machine"),
)
_STATES = {  # words, icon and what the button says
    "missing": ("The worker isn't set up yet", "INFO", "Set Up Worker"),
    "outdated": ("The worker is older than this add-on", "FILE_REFRESH", "Update Worker"),
    "ready": ("The worker is set up", "CHECKMARK", "Set Up Again"),
}
_ICONS = {"ok": "CHECKMARK", "missing": "INFO", "broken": "ERROR"}
_SHOWN_LINES = 8  # of the output


class NotSetUpError(UserError):
    """There is no worker to start; its text is a sentence with what to do."""


def _changed(self, context):
    """Another Python is another worker."""
    from . import session  # which imports this module

    setting_up.forget()
    session.closed()


class Preferences(bpy.types.AddonPreferences):
    bl_idname = __package__

    worker_python: StringProperty(
        name="Worker Python", subtype="FILE_PATH", update=_changed,
        description="A Python that has ftpvm installed; empty for the environment that Set Up Worker makes",
    )  # fmt: skip
    torch_build: EnumProperty(
        name="Torch",
        items=[(name, build.label, build.description) for name, build in builds_here().items()],
        default=likely_build(),
        description="The build of PyTorch for this machine's GPU",
    )
    package_index: StringProperty(
        name="Package Index",
        description="A package index's URL or a folder of wheels to install everything from, for studios without "
        "internet; empty for PyTorch's and Python's public ones",
    )
    device: EnumProperty(name="Device", items=DEVICES, description="What the network runs on")

    def draw(self, context):
        self.layout.use_property_split = True
        self.layout.prop(self, "device")
        self.layout.prop(self, "worker_python")
        if not self.worker_python:
            self.layout.prop(self, "torch_build")
            self.layout.prop(self, "package_index")
        draw_set_up(self.layout)
        _draw_findings(self.layout)


def chosen() -> Preferences:
    """What the artist has chosen."""
    return bpy.context.preferences.addons[__package__].preferences


def environment() -> Environment:
    """The worker's own environment, in the add-on's user folder, which outlives upgrades."""
    return Environment(bpy.utils.extension_path_user(__package__, path="env"))


def wheel() -> Path:
    """The wheel of ftpvm that travels in the add-on."""
    return next((Path(__file__).parent / "worker").glob("*.whl"))


def is_set_up() -> bool:
    """Whether there is a worker to start."""
    return bool(chosen().worker_python) or environment().is_ready()


def is_outdated() -> bool:
    """Whether the environment that Set Up Worker made holds another ftpvm than the one that came with this add-on."""
    return not chosen().worker_python and environment().state(wheel()) == OUTDATED


def worker_python() -> str:
    """The Python that runs the worker. Raises NotSetUpError where there is none."""
    if chosen().worker_python:
        return bpy.path.abspath(chosen().worker_python)
    own = environment()
    if not own.is_ready():
        raise NotSetUpError("The worker isn't set up yet: press Set Up Worker in the add-on's preferences.")
    return own.python


def worker_command() -> list[str]:
    """What starts the worker. Raises NotSetUpError."""
    return [worker_python(), "-m", "ftpvm.worker"]


def draw_set_up(layout, width=80):
    """How the worker's environment is, the button that mends it, and the output; `width` is in characters."""
    column, last = layout.column(), setting_up.last()
    if setting_up.is_running():
        words = f"{last.message} ({last.step + 1} of {len(last.steps)}, {setting_up.seconds()} s)"
        column.label(text=words, icon="SORTTIME")
        _draw_output(column, last)
        column.operator("ftpvm.cancel_set_up", icon="CANCEL")
        return
    if not chosen().worker_python:
        words, icon, button = _STATES[environment().state(wheel())]
        column.label(text=words, icon=icon)
        column.operator("ftpvm.set_up_worker", text=button, icon="IMPORT")
    if is_set_up():
        column.operator("ftpvm.check_worker", icon="VIEWZOOM")
    if last:
        for number, line in enumerate(textwrap.wrap(last.message, width)):  # labels don't wrap
            icon = "CHECKMARK" if last.state == DONE else "ERROR"
            column.label(text=line, icon="BLANK1" if number else icon)
        if last.state == FAILED and not last.report:
            _draw_output(column, last)


def _draw_output(layout, installer):
    box = (layout.box() if installer.lines else layout).column(align=True)
    for line in installer.lines[-_SHOWN_LINES:]:
        box.label(text=line)


def _draw_findings(layout):
    last = setting_up.last()
    report = (last and last.report) or (not chosen().worker_python and environment().record().get("report"))
    if not report:
        return
    box = layout.box().column(align=True)
    for finding in report["findings"]:
        row = box.split(factor=0.35)
        row.label(text=finding["name"], icon=_ICONS[finding["status"]])
        row.label(text=finding["detail"])
        if finding["todo"]:
            box.label(text=finding["todo"], icon="BLANK1")


CLASSES = (Preferences,)
