# SPDX-License-Identifier: GPL-3.0-or-later
"""One warm worker for all tests that don't end it: starting one takes seconds."""

from collections.abc import Iterator

import pytest
from hosts import Host


@pytest.fixture(scope="session")
def host() -> Iterator[Host]:
    with Host() as host:
        yield host
        assert host.ask(id="bye", type="shutdown")["event"] == "bye"
        assert host.left() == 0
