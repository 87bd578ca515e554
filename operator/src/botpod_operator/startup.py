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


OWNER = "botpod.dev/operator-namespace"
"""The annotation that says which installation a class is of."""


def default_class(spec: Manifest, *, namespace: str) -> Manifest:
    """Return the BotClass that instances get which name none; ``namespace`` is the operator's."""
    return {
        "apiVersion": API_VERSION,
        "kind": BOT_CLASS.kind,
        "metadata": {"name": DEFAULT_CLASS, "labels": MANAGED_BY, "annotations": {OWNER: namespace}},
        "spec": spec,
    }


def owner(live: Manifest, *, namespace: str) -> str:
    """Return the namespace of the operator whose class this is.

    One of a version before doesn't say; it is of the operator whose bots alone use it, else of whoever comes.
    """
    named: str | None = (live["metadata"].get("annotations") or {}).get(OWNER)
    if named is not None:
        return named
    users = ((live.get("status") or {}).get("users")) or ()
    using = [user["operatorNamespace"] for user in users if user.get("count")]
    return using[0] if using and namespace not in using else namespace


async def served(kube: Kube, *, sleep: Sleep = asyncio.sleep) -> None:
    """Wait for the CRDs.

    It waits without end, readiness says so: watches that begin before the CRDs are served never see them.
    """
    await _until_nothing_is_in_the_way(lambda: _missing(kube), sleep)


async def classed(kube: Kube, *, spec: Manifest | None, namespace: str, sleep: Sleep = asyncio.sleep) -> None:
    """Apply the default class where there is one; wait without end while it can't be, readiness says so.

    That of another installation is left as it is: its bots would lose image, Vault and state.
    """
    if spec is not None:
        await _until_nothing_is_in_the_way(lambda: _refused(kube, spec, namespace), sleep)


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


async def _refused(kube: Kube, spec: Manifest, namespace: str) -> str | None:
    try:
        live = await kube.get(BOT_CLASS, name=DEFAULT_CLASS)
        if live is not None and (whose := owner(live, namespace=namespace)) != namespace:
            logger.warning(
                'BotClass "%s" is of another installation and is left as it is; set '
                "defaultClass.enabled=false here, or hand it over: "
                "kubectl annotate --overwrite botclass %s %s=%s",
                *(DEFAULT_CLASS, DEFAULT_CLASS, OWNER, namespace),
                extra={"operator_namespace": whose},
            )
            return None
        await kube.apply(BOT_CLASS, default_class(spec, namespace=namespace), strict=True)
    except (Transient, LeadershipLost) as error:
        return str(error)
    except OperatorError as error:
        return f'BotClass "{DEFAULT_CLASS}" can\'t be applied: {error}'
    return None
