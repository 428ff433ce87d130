"""Fixtures of the tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from processes import Sandbox, Writable, sandbox, writable


@pytest.fixture
def simulator() -> Iterator[Sandbox]:
    with sandbox(subscribers=1000, channels=2) as started:
        yield started


@pytest.fixture
def vendor() -> Iterator[Writable]:
    with writable(accounts=5) as started:
        yield started
