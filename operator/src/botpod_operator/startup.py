"""What must be there first: the CRDs before the watches, and before the looks the installation's class.

Only who leads applies the class: the earlier build would otherwise roll the pods to the later one's.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Protocol

from botpod_operator.api import API_VERSION
from botpod_operator.errors import LeadershipLost, OperatorError, Transient
from botpod_operator.identity import MANAGED_BY
from botpod_operator.kube.resources import BOT_CLASS, BOT_INSTANCE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from botpod_operator.desired.manifest import Manifest
    from botpod_operator.kube.client import Kube

AGAIN_SECONDS = 1.0
DEFAULT_CLASS = "default"

logger = logging.getLogger(__name__)


class Sleep(Protocol):
    """Waits, as ``asyncio.sleep`` does."""

    async def __call__(self, delay: float, /) -> None:
        """Wait that many seconds."""


def default_class(spec: Manifest) -> Manifest:
    """Return the BotClass that instances get which name none."""
    return {
        "apiVersion": API_VERSION,
        "kind": BOT_CLASS.kind,
        "metadata": {"name": DEFAULT_CLASS, "labels": MANAGED_BY},
        "spec": spec,
    }


async def served(kube: Kube, *, sleep: Sleep = asyncio.sleep) -> None:
    """Wait for the CRDs.

    It waits without end, readiness says so: watches that begin before the CRDs are served never see them.
    """
    await _until_nothing_is_in_the_way(lambda: _missing(kube), sleep)


async def classed(kube: Kube, *, spec: Manifest | None, sleep: Sleep = asyncio.sleep) -> None:
    """Apply the default class where there is one; wait without end while it can't be, readiness says so."""
    if spec is not None:
        await _until_nothing_is_in_the_way(lambda: _refused(kube, spec), sleep)


async def listed(complete_in: Callable[[], float], *, sleep: Sleep = asyncio.sleep) -> None:
    """Wait for the first lists: children that none has shown yet would be asked for one by one.

    ``complete_in`` returns in how many seconds to ask it again, 0 where they are complete.
    """
    while (early := complete_in()) > 0:
        await sleep(early)


async def _until_nothing_is_in_the_way(look: Callable[[], Awaitable[str | None]], sleep: Sleep) -> None:
    said = ""
    while (in_the_way := await look()) is not None:
        if in_the_way != said:
            logger.warning("waiting before bots are looked at", extra={"detail": in_the_way})
            said = in_the_way
        await sleep(AGAIN_SECONDS)


async def _missing(kube: Kube) -> str | None:
    try:
        for resource in (BOT_INSTANCE, BOT_CLASS):
            if not await kube.serves(resource):
                return f"the CRD {resource.plural}.{resource.group} isn't served; install the CRDs"
    except OperatorError as error:
        return str(error)
    return None


async def _refused(kube: Kube, spec: Manifest) -> str | None:
    try:
        await kube.apply(BOT_CLASS, default_class(spec), strict=True)
    except (Transient, LeadershipLost) as error:
        return str(error)
    except OperatorError as error:
        return f'BotClass "{DEFAULT_CLASS}" can\'t be applied: {error}'
    return None
