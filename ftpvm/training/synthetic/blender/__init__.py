# SPDX-License-Identifier: GPL-3.0-or-later
"""Foreground sprites built from code and path-traced by Blender. Imports bpy and numpy, nothing else of ours.

python ftpvm/training/synthetic/blender --out pack.zip --count 300          (a Python with bpy 4.5)
blender --background --python ftpvm/training/synthetic/blender/__main__.py -- --out pack.zip --count 300
"""
