# SPDX-License-Identifier: GPL-3.0-or-later
"""Set Up Worker, Check Worker, and Cancel for either."""

import bpy

from .. import preferences, session, setting_up
from ..host.environment import NoPythonError, check_step, needs_network
from ..host.installer import DONE, Installer


class _Work(bpy.types.Operator):
    """From a button the window stays usable; from a script it returns when all is done."""

    @classmethod
    def poll(cls, context):
        if setting_up.is_running():
            cls.poll_message_set("The worker is being set up or checked")
            return False
        current = session.current()
        if current and current.going:
            cls.poll_message_set("A matte is being made: wait for it or cancel it")
            return False
        return True

    def invoke(self, context, event):
        self.in_window = not bpy.app.background
        if self.in_window and self.must_ask() and not bpy.app.online_access_override:
            return context.window_manager.invoke_props_dialog(self, width=420, confirm_text="Allow Online Access")
        return self.execute(context)

    def draw(self, context):
        self.layout.label(text="PyTorch and what ftpvm needs are downloaded from the internet, once.")
        self.layout.label(text="May Blender go online? This is the setting in Preferences > System.")

    def execute(self, context):
        in_window = getattr(self, "in_window", False)
        if self.must_ask() and in_window and not bpy.app.online_access_override:
            bpy.ops.extensions.userpref_allow_online()
        if self.must_ask():
            self.report({"ERROR"}, "Blender may not go online: allow it in Preferences > System, or set Package Index")
            return {"CANCELLED"}
        if not self.begun():
            return {"CANCELLED"}
        if in_window:
            setting_up.watch()
            return {"FINISHED"}
        setting_up.wait()
        last = setting_up.last()
        self.report({"INFO" if last.state == DONE else "ERROR"}, last.message)
        return {"FINISHED" if last.state == DONE else "CANCELLED"}

    def begun(self):
        """Start; False where it can't be, which is reported."""
        try:
            setting_up.begin(self.installer())
        except (NoPythonError, preferences.NotSetUpError) as error:
            self.report({"ERROR"}, str(error))
            return False
        return True

    def must_ask(self):
        """Whether it needs a permission to go online that Blender hasn't been given."""
        return False


class SetUpWorker(_Work):
    bl_idname = "ftpvm.set_up_worker"
    bl_label = "Set Up Worker"
    bl_description = "Make the worker's own Python environment: downloads PyTorch once, 0.3 to 6 GB as chosen"

    @classmethod
    def poll(cls, context):
        if preferences.chosen().worker_python:
            cls.poll_message_set("Clear Worker Python to use an environment of the add-on's own")
            return False
        return super().poll(context)

    def must_ask(self):
        return needs_network(preferences.chosen().package_index) and not bpy.app.online_access

    def installer(self):
        session.closed()  # Windows replaces no file that a running worker uses
        chosen = preferences.chosen()
        return preferences.environment().set_up(chosen.torch_build, chosen.package_index, preferences.wheel())


class CheckWorker(_Work):
    bl_idname = "ftpvm.check_worker"
    bl_label = "Check Worker"
    bl_description = "Ask the worker's Python whether it can matte, and with which device, codecs and weights"

    def installer(self):
        return Installer([check_step(preferences.worker_python())])


class CancelSetUp(bpy.types.Operator):
    bl_idname = "ftpvm.cancel_set_up"
    bl_label = "Cancel"
    bl_description = "Stop setting up or checking the worker; a set-up that is stopped must be done again"

    @classmethod
    def poll(cls, context):
        return setting_up.is_running()

    def execute(self, context):
        setting_up.cancel()
        return {"FINISHED"}


CLASSES = (SetUpWorker, CheckWorker, CancelSetUp)
