"""What the tests of asking services share: examiners that are closed whatever happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest_asyncio

from botpod_credentials.verify.examiner import Examiner

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

PATIENCE = 60.0
"""Seconds; a busy machine is no mistake of the code."""


@pytest_asyncio.fixture
async def make_examiner() -> AsyncIterator[Callable[..., Examiner]]:
    """Makes examiners, patient unless told otherwise."""
    made: list[Examiner] = []

    def make(**settings: Any) -> Examiner:
        patient = {"question_seconds": PATIENCE, "overall_seconds": PATIENCE}
        made.append(Examiner(**(patient | settings)))
        return made[-1]

    yield make
    for examiner in made:
        await examiner.close()


@pytest_asyncio.fixture
async def examiner(make_examiner: Callable[..., Examiner]) -> Examiner:
    """An examiner like the operator's, but patient."""
    return make_examiner()
