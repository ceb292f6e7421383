# SPDX-License-Identifier: GPL-3.0-or-later
"""What things are made of: Principled materials, procedural textures, hair, an eye."""

import bpy


def material(name: str, colour=(0.8, 0.8, 0.8), roughness=0.5, **inputs) -> bpy.types.Material:
    """A Principled material; `inputs` are socket names with _ for a space."""
    mat = bpy.data.materials.new(name)
    mat.use_nodes = True
    shader = mat.node_tree.nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = (*colour, 1)
    shader.inputs["Roughness"].default_value = roughness
    for key, value in inputs.items():
        shader.inputs[key.replace("_", " ")].default_value = value
    return mat


def glow(name: str, colour, strength: float) -> bpy.types.Material:
    """An emitter that is only seen, never sampled as a lamp: it adds no noise."""
    mat = material(name, (0, 0, 0), 1.0, Emission_Color=(*colour, 1), Emission_Strength=strength)
    mat.cycles.emission_sampling = "NONE"
    return mat


def ramp_into(mat, source, stops, socket="Base Color", interpolation="LINEAR") -> None:
    """Colour `socket` of the material's shader by `source` through a colour ramp."""
    tree = mat.node_tree
    ramp = tree.nodes.new("ShaderNodeValToRGB")
    ramp.color_ramp.interpolation = interpolation
    elements = ramp.color_ramp.elements
    elements.remove(elements[1])
    elements[0].position, elements[0].color = stops[0][0], (*stops[0][1], 1)
    for position, colour in stops[1:]:
        elements.new(position).color = (*colour, 1)
    tree.links.new(source, ramp.inputs["Fac"])
    tree.links.new(ramp.outputs["Color"], tree.nodes["Principled BSDF"].inputs[socket])


def textured(name: str, stops, scale: float, bump: float, kind="ShaderNodeTexNoise", roughness=0.9):
    """A material coloured and bumped by a procedural texture in object space."""
    mat = material(name, roughness=roughness)
    tree = mat.node_tree
    coordinates, texture = tree.nodes.new("ShaderNodeTexCoord"), tree.nodes.new(kind)
    texture.inputs["Scale"].default_value = scale
    texture.inputs["Detail"].default_value = 4 if kind == "ShaderNodeTexNoise" else 0
    tree.links.new(coordinates.outputs["Object"], texture.inputs["Vector"])
    value = texture.outputs[0]
    ramp_into(mat, value, stops)
    if bump:
        node = tree.nodes.new("ShaderNodeBump")
        node.inputs["Strength"].default_value = bump
        tree.links.new(value, node.inputs["Height"])
        tree.links.new(node.outputs["Normal"], tree.nodes["Principled BSDF"].inputs["Normal"])
    return mat


def hair_material(name: str, gloss: float) -> bpy.types.Material:
    """Hair in the strands' `tint`, lit from both sides; a fifth of the cost of Principled Hair."""
    mat = material(name, roughness=0.4, Specular_IOR_Level=gloss)
    tree = mat.node_tree
    tint, through = tree.nodes.new("ShaderNodeAttribute"), tree.nodes.new("ShaderNodeBsdfTranslucent")
    mix, front = tree.nodes.new("ShaderNodeMixShader"), tree.nodes["Principled BSDF"]
    tint.attribute_name = "tint"
    mix.inputs["Fac"].default_value = 0.4
    tree.links.new(tint.outputs["Color"], front.inputs["Base Color"])
    tree.links.new(tint.outputs["Color"], through.inputs["Color"])
    tree.links.new(front.outputs[0], mix.inputs[1])
    tree.links.new(through.outputs[0], mix.inputs[2])
    tree.links.new(mix.outputs[0], tree.nodes["Material Output"].inputs["Surface"])
    return mat


def eye_material() -> bpy.types.Material:
    """White, iris and pupil as rings around the eyeball's own -Y axis."""
    mat = material("Eye", roughness=0.05, Coat_Weight=1.0)
    tree = mat.node_tree
    coordinates, split = tree.nodes.new("ShaderNodeTexCoord"), tree.nodes.new("ShaderNodeSeparateXYZ")
    tree.links.new(coordinates.outputs["Generated"], split.inputs[0])  # 0 at the front of the ball, 1 at the back
    rings = [(0, (0.005, 0.004, 0.004)), (0.13, (0.16, 0.07, 0.015)), (0.24, (0.02, 0.01, 0.005)), (0.27, (0.8,) * 3)]
    ramp_into(mat, split.outputs["Y"], rings, interpolation="CONSTANT")
    return mat
