# SPDX-License-Identifier: GPL-3.0-or-later
"""Procedural materials. Coverage is a mix with a transparent shader: a matte keeps it and drops the shading."""

import colorsys
from typing import Any

import bpy
import numpy as np

SKINS = ((0.80, 0.52, 0.40), (0.62, 0.36, 0.25), (0.42, 0.22, 0.13), (0.20, 0.10, 0.06), (0.88, 0.62, 0.52))
HAIRS = ((0.02, 0.015, 0.01), (0.07, 0.035, 0.015), (0.22, 0.10, 0.035), (0.60, 0.40, 0.17), (0.45, 0.12, 0.03),
         (0.55, 0.53, 0.50), (0.85, 0.82, 0.76))  # fmt: skip


def random_colour(rng: np.random.Generator, saturation: float = 0.9, dark: float = 0.03) -> np.ndarray:
    """A linear colour (3,) of any hue; greys are as likely as vivid ones."""
    value = np.exp(rng.uniform(np.log(dark), np.log(0.9)))
    return np.array(colorsys.hsv_to_rgb(rng.random(), saturation * rng.random() ** 1.2, value))


def near(rng: np.random.Generator, colours: Any, spread: float = 0.2) -> np.ndarray:
    """One of some colours, a little off."""
    return np.clip(np.array(colours[rng.integers(len(colours))]) * np.exp(rng.normal(0, spread, 3) * 0.5), 0, 1)


def principled(colour: Any = (0.8, 0.8, 0.8), roughness: float = 0.5, **inputs: float) -> Any:
    """A Principled material; `inputs` are socket names with _ for a space."""
    mat = bpy.data.materials.new("Surface")
    mat.use_nodes = True
    shader = mat.node_tree.nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = (*colour, 1)
    shader.inputs["Roughness"].default_value = roughness
    for key, value in inputs.items():
        shader.inputs[key.replace("_", " ")].default_value = value
    return mat


# Roughness, and what else makes cloth, plastic, varnish, metal and satin.
FINISHES: tuple[tuple[float, dict[str, float]], ...] = (
    (0.9, {"Sheen_Weight": 0.1}), (0.35, {}), (0.25, {"Coat_Weight": 1.0}), (0.25, {"Metallic": 1.0}), (0.55, {})
)  # fmt: skip


def surface(rng: np.random.Generator, scale: float = 1.0, finish: int | None = None, colours: Any = None) -> Any:
    """Any patterned material; `scale` is how many times finer than one unit its pattern is. finish: of FINISHES."""
    roughness, extra = FINISHES[int(rng.integers(len(FINISHES))) if finish is None else finish]
    mat = principled(random_colour(rng), float(np.clip(roughness + rng.normal(0, 0.1), 0.05, 1)), **extra)
    palette = [near(rng, colours, 0.1) if colours else random_colour(rng) for _ in range(int(rng.integers(2, 5)))]
    value = pattern(rng, mat, scale)
    recolour(mat, value, palette, rng)
    if rng.random() < 0.6:
        bump(mat, texture(rng, mat, "ShaderNodeTexNoise", scale * rng.uniform(4, 40)), rng.uniform(0.1, 0.6))
    return mat


def texture(rng: np.random.Generator, mat: Any, kind: str, scale: float) -> Any:
    """The value of a texture in object space, at a random place."""
    nodes, links = mat.node_tree.nodes, mat.node_tree.links
    where, shift, node = (nodes.new(n) for n in ("ShaderNodeTexCoord", "ShaderNodeMapping", kind))
    shift.inputs["Location"].default_value = rng.uniform(-9, 9, 3)
    shift.inputs["Rotation"].default_value = rng.choice([0, np.pi / 4, np.pi / 2], 3)
    node.inputs["Scale"].default_value = scale
    links.new(where.outputs["Object"], shift.inputs["Vector"])
    links.new(shift.outputs["Vector"], node.inputs["Vector"])
    return node.outputs["Fac"] if "Fac" in node.outputs else node.outputs["Distance"]


def pattern(rng: np.random.Generator, mat: Any, scale: float) -> Any:
    """Mottled, striped, chequered, spotted, marbled or nearly plain, as a value."""
    kind = rng.choice(["Noise", "Noise", "Wave", "Voronoi", "Checker", "Brick", "Plain"])
    if kind == "Plain":
        return texture(rng, mat, "ShaderNodeTexNoise", 0.4 * scale)
    value = texture(rng, mat, f"ShaderNodeTex{kind}", scale * np.exp(rng.uniform(np.log(1.5), np.log(12))))
    node = value.node
    if kind == "Noise":
        node.inputs["Detail"].default_value = rng.uniform(1, 6)
    if kind == "Wave":
        node.inputs["Distortion"].default_value = rng.choice([0, 0, 3, 12])
        node.bands_direction = rng.choice(["X", "Y", "Z", "DIAGONAL"])
    return value


def recolour(mat: Any, value: Any, palette: list[np.ndarray], rng: np.random.Generator) -> None:
    """Colour the material by a value through a ramp, soft or in steps."""
    tree = mat.node_tree
    ramp = tree.nodes.new("ShaderNodeValToRGB")
    ramp.color_ramp.interpolation = rng.choice(["LINEAR", "CONSTANT", "EASE"])
    elements = ramp.color_ramp.elements
    elements[0].color = (*palette[0], 1)
    elements[1].position, elements[1].color = 0.75, (*palette[-1], 1)
    for i, colour in enumerate(palette[1:-1]):
        elements.new(0.3 + 0.3 * (i + 1) / (len(palette) - 1)).color = (*colour, 1)
    tree.links.new(value, ramp.inputs["Fac"])
    tree.links.new(ramp.outputs["Color"], tree.nodes["Principled BSDF"].inputs["Base Color"])


def bump(mat: Any, value: Any, strength: float) -> None:
    """Roughen the surface by a value."""
    tree = mat.node_tree
    node = tree.nodes.new("ShaderNodeBump")
    node.inputs["Strength"].default_value = strength
    node.inputs["Distance"].default_value = 0.02
    tree.links.new(value, node.inputs["Height"])
    tree.links.new(node.outputs["Normal"], tree.nodes["Principled BSDF"].inputs["Normal"])


def tinted(gloss: float = 0.4, through: float = 0.35) -> Any:
    """Hair, barbs or blades in the strands' own `tint`, lit from both sides."""
    mat = principled(roughness=0.4, Specular_IOR_Level=gloss)
    tree = mat.node_tree
    tint = tree.nodes.new("ShaderNodeAttribute")
    tint.attribute_name = "tint"
    tree.links.new(tint.outputs["Color"], tree.nodes["Principled BSDF"].inputs["Base Color"])
    lit_through(mat, through, tint.outputs["Color"])
    return mat


def lit_through(mat: Any, share: float, colour: Any = None) -> None:
    """Let a share of the light come from behind, as through a leaf."""
    tree = mat.node_tree
    shader = tree.nodes["Principled BSDF"]
    behind, mix = tree.nodes.new("ShaderNodeBsdfTranslucent"), tree.nodes.new("ShaderNodeMixShader")
    if colour is None and shader.inputs["Base Color"].is_linked:
        colour = shader.inputs["Base Color"].links[0].from_socket
    if colour is None:
        behind.inputs["Color"].default_value = shader.inputs["Base Color"].default_value
    else:
        tree.links.new(colour, behind.inputs["Color"])
    mix.inputs["Fac"].default_value = share
    tree.links.new(shader.outputs[0], mix.inputs[1])
    tree.links.new(behind.outputs[0], mix.inputs[2])
    tree.links.new(mix.outputs[0], tree.nodes["Material Output"].inputs["Surface"])


def cover(mat: Any, coverage: Any) -> None:
    """Make the material cover only the share of what is behind it that `coverage`, a socket in [0, 1], says."""
    tree = mat.node_tree
    surface_input = tree.nodes["Material Output"].inputs["Surface"]
    shading = surface_input.links[0].from_socket
    clear, mix = tree.nodes.new("ShaderNodeBsdfTransparent"), tree.nodes.new("ShaderNodeMixShader")
    mix.name = "Coverage"
    tree.links.new(coverage, mix.inputs[0])
    tree.links.new(clear.outputs[0], mix.inputs[1])
    tree.links.new(shading, mix.inputs[2])
    tree.links.new(mix.outputs[0], surface_input)


def math_node(mat: Any, operation: str, *values: Any) -> Any:
    """The clamped result of a Math node on sockets and numbers."""
    node = mat.node_tree.nodes.new("ShaderNodeMath")
    node.operation, node.use_clamp = operation, True
    for socket, value in zip(node.inputs, values, strict=False):
        if isinstance(value, (int, float)):
            socket.default_value = value
        else:
            mat.node_tree.links.new(value, socket)
    return node.outputs[0]


def facing(mat: Any, blend: float = 0.5) -> Any:
    """0 where the surface faces the camera, 1 where it turns away."""
    node = mat.node_tree.nodes.new("ShaderNodeLayerWeight")
    node.inputs["Blend"].default_value = blend
    return node.outputs["Facing"]


def flatten(mat: Any) -> None:
    """Replace the shading by plain white and keep the coverage."""
    tree = mat.node_tree
    white = tree.nodes.new("ShaderNodeEmission")
    mix = tree.nodes.get("Coverage")
    tree.links.new(white.outputs[0], mix.inputs[2] if mix else tree.nodes["Material Output"].inputs["Surface"])
    mat.cycles.emission_sampling = "NONE"
