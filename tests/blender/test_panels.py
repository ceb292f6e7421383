# SPDX-License-Identifier: GPL-3.0-or-later
"""Every panel, dialog and the preferences, drawn in every state into a layout that refuses what Blender would."""

from types import SimpleNamespace

import bpy
import pytest
from layouts import draw
from shots import BOXES, CLIP, add_movie, keyed_mask

SENTENCE = "The worker stopped twice: memory may be short."
EVERY_PANEL = {
    "FTPVM_PT_matte", "FTPVM_PT_keyframes", "FTPVM_PT_settings", "FTPVM_PT_compositor", "FTPVM_PT_clip",
    "FTPVM_PT_trimap",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _nothing_to_measure(addon, monkeypatch):
    monkeypatch.setattr(addon.panels, "_letters", lambda: 1000)


@pytest.fixture
def strip(scene, addon, another_worker, worker_python):
    addon.preferences.chosen().worker_python = worker_python
    strip = add_movie(scene, addon)
    strip.ftpvm.mask = keyed_mask()
    return strip


def drawn(addon):
    """The panels that Blender would show in their editors, by name, with what they say."""
    window = bpy.context.window_manager.windows[0]
    area, said = window.screen.areas[0], {}
    for cls in (each for module in addon.MODULES for each in getattr(module, "CLASSES", ())):
        if issubclass(cls, bpy.types.Panel):
            area.type = cls.bl_space_type
            if area.type == "IMAGE_EDITOR":
                area.spaces.active.mode = "PAINT"
            with bpy.context.temp_override(window=window, area=area, region=area.regions[-1]):
                if cls.poll(bpy.context):
                    said[cls.bl_rna.identifier] = draw(cls)
    return said


def pressed(addon, strip):
    """A press under way, as the session knows it."""
    run = addon.runs.Run(addon.identity.uid_of(strip))
    addon.session.opened().add(run, (None for _ in range(10)))
    run.progress.words, run.progress.done, run.progress.total = "Matting", 3, 24
    return run


def ended(addon, strip):
    run = pressed(addon, strip)
    del addon.session.opened().going[run.uid]
    return run


def test_without_a_strip_the_tab_says_what_to_select(addon, scene, strip):
    scene.sequence_editor.active_strip = None
    said = drawn(addon)
    assert set(said) == {"FTPVM_PT_matte", "FTPVM_PT_trimap"}
    assert said["FTPVM_PT_matte"].words == ["Select a movie or image strip"]


def test_without_a_worker_the_tab_offers_to_set_it_up(addon, strip):
    addon.preferences.chosen().worker_python = ""
    said = drawn(addon)
    assert set(said) == EVERY_PANEL and said["FTPVM_PT_matte"].pressed == ["ftpvm.set_up_worker"]
    assert "The worker isn't set up yet" in said["FTPVM_PT_matte"].words


def idle(addon, strip):
    return "ftpvm.propagate_matte", "Plate"


def running(addon, strip):
    pressed(addon, strip)
    return "ftpvm.cancel", "Matting 3/24"


def done(addon, strip):
    ended(addon, strip).progress.end("done", "12 frames run")
    strip.ftpvm.message = "12 frames run"
    return "ftpvm.propagate_matte", "12 frames run"


def failed(addon, strip):
    ended(addon, strip).progress.fail(SENTENCE)
    return "ftpvm.propagate_matte", SENTENCE


def warned(addon, strip):
    ended(addon, strip).progress.warnings.append("Save the file.")
    return "ftpvm.propagate_matte", "Save the file."


@pytest.mark.parametrize("state", (idle, running, done, failed, warned))
def test_every_panel_says_how_it_stands(addon, strip, state):
    button, words = state(addon, strip)
    said = drawn(addon)
    assert set(said) == EVERY_PANEL
    for name in ("FTPVM_PT_matte", "FTPVM_PT_clip"):
        assert button in said[name].pressed and words in said[name].words
    assert {"direction", "resolution", "adapt", "use_range", "as_seen", "format", "device"} <= set(
        said["FTPVM_PT_settings"].shown
    )
    assert said["FTPVM_PT_compositor"].pressed == ["ftpvm.add_matte_nodes"]


def of_a_mask(addon, scene, strip):
    return "ftpvm.add_keyframe", ["Frame 1", "Frame 6", "Frame 12"]


def of_many_keys(addon, scene, strip):
    addon.compat.set_handles(strip, 1, 20)
    strip.ftpvm.mask = keyed_mask(1, dict.fromkeys(range(16), BOXES[0]))
    return "ftpvm.add_keyframe", ["Frame 12", "and 4 more"]


def of_a_strip(addon, scene, strip):
    addon.compat.strips(scene.sequence_editor).new_image("roto", str(CLIP.with_name("trimap.0000.png")), 5, 3)
    strip.ftpvm.keyframes_from, strip.ftpvm.trimap_strip, strip.ftpvm.strip_holds = "STRIP", "roto", "MATTES"
    return "ftpvm.jump_to_keyframe", ["Frame 3"]


def of_a_strip_that_is_gone(addon, scene, strip):
    strip.ftpvm.keyframes_from, strip.ftpvm.trimap_strip = "STRIP", "roto"
    return None, ["There is no strip called “roto”: choose the Strip of trimaps anew."]


def of_painted_trimaps(addon, scene, strip):
    scene.frame_set(4)
    bpy.ops.ftpvm.new_trimap()
    return "ftpvm.new_trimap", ["Frame 4"]


@pytest.mark.parametrize(
    "keyframes", (of_a_mask, of_many_keys, of_a_strip, of_a_strip_that_is_gone, of_painted_trimaps)
)
def test_the_list_of_keyframes(addon, scene, strip, keyframes):
    button, words = keyframes(addon, scene, strip)
    said = drawn(addon)["FTPVM_PT_keyframes"]
    assert set(words) <= set(said.words) and (button is None or button in said.pressed)


@pytest.fixture
def installer(addon):
    """A check of the worker under way."""
    addon.setting_up.begin(addon.setting_up.Installer([addon.operators.setup.check_step("python")]))
    yield addon.setting_up.last()
    addon.setting_up.forget()


def preferences(addon):
    return draw(addon.preferences.Preferences, addon.preferences.chosen())


def test_the_preferences_offer_what_there_is_to_do(addon, strip):
    assert preferences(addon).pressed == ["ftpvm.check_worker"]
    addon.preferences.chosen().worker_python = ""
    said = preferences(addon)
    assert said.pressed == ["ftpvm.set_up_worker"] and {"torch_build", "package_index", "device"} <= set(said.shown)


def test_the_preferences_follow_a_check(addon, strip, installer):
    installer.lines.append("collecting")
    said = preferences(addon)
    assert said.pressed == ["ftpvm.cancel_set_up"] and "collecting" in said.words
    installer.state, installer.message = "failed", SENTENCE
    said = preferences(addon)
    assert SENTENCE in said.words and "collecting" in said.words
    findings = [
        {"name": "torch", "detail": "2.9", "status": status, "todo": todo}
        for status, todo in (("ok", ""), ("missing", "Install it"), ("broken", "Mend it"))
    ]
    installer.state, installer.report = "done", {"findings": findings}
    said = preferences(addon)
    assert {"torch", "2.9", "Install it", "Mend it"} <= set(said.words) and "collecting" not in said.words


def test_the_dialogs_say_what_they_ask(addon):
    asked = draw(addon.operators.propagate.PropagateMatte, SimpleNamespace(reasons=["It is retimed."]))
    assert asked.words[0] == "It is retimed." and "Render it through the sequencer" in asked.words[1]
    assert "Blender go online" in draw(addon.operators.setup.SetUpWorker).words[1]
    nodes = SimpleNamespace(bl_rna=bpy.ops.ftpvm.add_matte_nodes.get_rna_type())
    assert "into_tree" in draw(addon.operators.compositor.AddMatteNodes, nodes).shown
