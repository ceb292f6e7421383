# SPDX-License-Identifier: GPL-3.0-or-later
"""The drawn panel in the guide is that of the node."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def drawn() -> str:
    return "\n".join(ElementTree.parse(ROOT / "docs/pictures/nuke_node.svg").getroot().itertext())


def test_every_knob_that_is_shown_is_drawn(fake, installed, drawn):
    fake.start(installed)
    fake.menus["Nodes"].findItem("FTP-VM/Propagate Matte").invoke()
    node = fake.module.selectedNode()
    own = [knob for name, knob in node.knobs().items() if knob._is_user and knob.visible()]
    assert len(own) > 20
    assert not [knob.label() for knob in own if knob.label() not in drawn]
