# SPDX-License-Identifier: GPL-3.0-or-later
"""The node's code, unrun: Python 3.9, nothing but the standard library, and only calls that Nuke has."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest
from fake_nuke.strictness import BOOK, signature

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "nuke_node").rglob("*.py")) + sorted((ROOT / "ftpvm/host").rglob("*.py"))
NAMES = {*BOOK["functions"], *BOOK["classes"], *BOOK["constants"], "nodes", "rotopaint"}
# Python 3.9's standard library, as far as a host's code may want it
STANDARD = set(getattr(sys, "stdlib_module_names", ())) - {"distutils", "tomllib"}
OF_ANY_THREAD = {"nuke.executeInMainThread", "nuke.executeInMainThreadWithResult", "nuke.ProgressTask"}


@pytest.fixture(params=SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def tree(request):
    return ast.parse(request.param.read_text("utf-8"), str(request.param), feature_version=(3, 9))


@pytest.mark.parametrize("name", ["init.py", "menu.py"])
def test_nuke_13_can_read_what_tells_it_that_it_is_too_old(name):
    ast.parse((ROOT / "nuke_node" / name).read_text("utf-8"), name, feature_version=(3, 7))


def test_every_name_of_nuke_is_one_that_nuke_has(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "nuke":
            assert node.attr in NAMES, f"line {node.lineno}: nuke.{node.attr}"
        assert not (isinstance(node, ast.ImportFrom) and node.module == "nuke"), f"line {node.lineno}"


def test_every_call_of_nuke_fits_its_signature(tree):
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and ast.unparse(node.func).startswith("nuke.")):
            continue
        text = BOOK["functions"].get(ast.unparse(node.func)[len("nuke.") :])
        if text and not any(isinstance(argument, ast.Starred) for argument in node.args):
            names = [keyword.arg for keyword in node.keywords if keyword.arg]
            try:
                signature(text).bind(*node.args, **dict.fromkeys(names))
            except TypeError as error:
                pytest.fail(f"line {node.lineno}: {ast.unparse(node)}: {error}")


@pytest.mark.skipif(not STANDARD, reason="Python 3.9 doesn't know the names of its standard library")
def test_only_the_standard_library_is_imported(tree):
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        for name in names:
            assert name.split(".")[0] in STANDARD | {"nuke", "ftpvm_nuke"}, f"line {node.lineno}: {name}"


def test_annotations_are_never_run(tree):
    """Else `str | None` fails in Python 3.9, which parses it."""
    unions = [node for node in ast.walk(tree) if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr)]
    if any("None" in ast.unparse(union) for union in unions):
        future = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "__future__"]
        assert future, f"line {unions[0].lineno}"


def test_what_threads_begin_with_calls_only_what_any_thread_may(tree):
    targets = {
        keyword.value.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "threading.Thread"
        for keyword in node.keywords
        if keyword.arg == "target" and isinstance(keyword.value, ast.Name)
    }
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and function.name in targets:
            called = {ast.unparse(node.func) for node in ast.walk(function) if isinstance(node, ast.Call)}
            assert {name for name in called if name.startswith("nuke.")} <= OF_ANY_THREAD
