"""What must be there before the watches begin: the CRDs, and the class that the installation names."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Protocol

from botpod_operator.api import API_VERSION
from botpod_operator.errors import OperatorError, Transient
from botpod_operator.identity import MANAGED_BY
from botpod_operator.kube.resources import BOT_CLASS, BOT_INSTANCE

if TYPE_CHECKING:
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


async def prepare(kube: Kube, *, spec: Manifest | None, sleep: Sleep = asyncio.sleep) -> None:
    """Wait for the CRDs, then apply the default class where there is one.

    It waits without end, readiness says so: watches that begin before the CRDs are served never see them.
    """
    said = ""
    while (missing := await _missing(kube, spec)) is not None:
        if missing != said:
            logger.warning("waiting before the watches begin", extra={"detail": missing})
            said = missing
        await sleep(AGAIN_SECONDS)


async def _missing(kube: Kube, spec: Manifest | None) -> str | None:
    """Return what is in the way, None when everything is there."""
    try:
        for resource in (BOT_INSTANCE, BOT_CLASS):
            if not await kube.serves(resource):
                return f"the CRD {resource.plural}.{resource.group} isn't served; install the CRDs"
        if spec is not None:
            await kube.apply(BOT_CLASS, default_class(spec), strict=True)
    except Transient as error:
        return str(error)
    except OperatorError as error:
        return f'BotClass "{DEFAULT_CLASS}" can\'t be applied: {error}'
    return None
