"""What the tests of asking services share: an examiner, and addresses of a class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest_asyncio

from botpod_operator.credentials.verify.examiner import Examiner

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest_asyncio.fixture
async def examiner() -> AsyncIterator[Examiner]:
    """An examiner with the settings that the operator uses."""
    made = Examiner()
    yield made
    await made.close()
