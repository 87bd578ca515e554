"""The kopf triggers: what a watch shows goes to the intake, nothing else happens here.

``on.event`` writes nothing to the objects and retries nothing; kopf keeps the watches alive and logs in.
"""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import kopf

from botpod_operator.identity import MANAGED_BY
from botpod_operator.kube.kubeconfig import in_cluster
from botpod_operator.kube.resources import BOT_CLASS, BOT_INSTANCE, CHILDREN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from botpod_operator.kube.resources import Resource
    from botpod_operator.watch.intake import Intake


SILENT_SECONDS = 70.0
FIRST_SECONDS, MOST_SECONDS = (0.2, 0.4, 0.8, 1.6), 3.0


@dataclass(frozen=True, slots=True)
class _Unwearied:
    """How long to wait before each further try of a request, without end.

    kopf gives up after some tries and ends the process, over an API server that answers with errors only;
    and its waits grow to 21 s, for as long as which nothing would be noticed after an outage.
    """

    jitter: Callable[[float, float], float]

    def __iter__(self) -> Iterator[float]:
        """Yield the seconds, with jitter: all watches fail at once."""
        for most in itertools.chain(FIRST_SECONDS, itertools.repeat(MOST_SECONDS)):
            yield self.jitter(most / 2, most)


class _NoDiffs(kopf.DiffBaseStorage):
    """Remembers nothing of what an object was like before: ``on.event`` doesn't ask."""

    def build(self, *, body: kopf.Body, extra_fields: object = None) -> kopf.BodyEssence:  # noqa: ARG002 - kopf's signature
        """Return nothing of the object."""
        return kopf.BodyEssence()

    def fetch(self, *, body: kopf.Body) -> kopf.BodyEssence | None:  # noqa: ARG002 - kopf's signature
        """Return that nothing is known."""
        return None

    def store(self, *, body: kopf.Body, patch: kopf.Patch, essence: kopf.BodyEssence) -> None:
        """Write nothing."""


def registry(intake: Intake) -> kopf.OperatorRegistry:
    """Return kopf's registry with one trigger per watched kind."""
    triggers = kopf.OperatorRegistry()
    kopf.on.login(registry=triggers)(_login)

    @kopf.on.event(*_selector(BOT_INSTANCE), registry=triggers)
    async def bot(event: kopf.RawEvent, **_: Any) -> None:
        intake.shown(BOT_INSTANCE.kind, listed=event["type"] is None)
        intake.bot(_object(event), deleted=event["type"] == "DELETED")

    @kopf.on.event(*_selector(BOT_CLASS), registry=triggers)
    async def botclass(event: kopf.RawEvent, **_: Any) -> None:
        intake.shown(BOT_CLASS.kind, listed=event["type"] is None)
        intake.botclass(_object(event), deleted=event["type"] == "DELETED")

    for resource in CHILDREN.values():
        _watch_children(resource, intake, triggers)
    return triggers


def settings() -> kopf.OperatorSettings:
    """Return kopf's settings: no events of its own, no scanning, only our children."""
    chosen = kopf.OperatorSettings()
    chosen.posting.enabled = False
    # Without it kopf lists and watches namespaces and CRDs, which needs rights over the whole cluster.
    chosen.scanning.disabled = True
    chosen.peering.standalone = True
    # kopf would copy and compare every object it is shown, for handlers of another sort than ours.
    chosen.persistence.diffbase_storage = _NoDiffs()
    # Each object that was shown has a task for so long: a start shows thousands of them at once.
    chosen.queueing.idle_timeout = 0.5
    # A start reads all there is: part by part, or the whole lists would stand in memory side by side.
    chosen.watching.chunk_size = 50
    chosen.networking.request_timeout = 30.0
    chosen.networking.connect_timeout = 10.0
    chosen.networking.error_backoffs = _Unwearied(random.uniform)
    chosen.watching.connect_timeout = 10.0
    # The API server sends a bookmark each minute: a stream silent for longer hangs.
    chosen.watching.inactivity_timeout = SILENT_SECONDS
    labels = ",".join(f"{key}={value}" for key, value in MANAGED_BY.items())
    for resource in CHILDREN.values():
        chosen.watching.label_selectors[_selector(resource)] = labels
    return chosen


def _watch_children(resource: Resource, intake: Intake, triggers: kopf.OperatorRegistry) -> None:
    @kopf.on.event(*_selector(resource), registry=triggers, id=f"child/{resource.plural}")
    async def child(event: kopf.RawEvent, **_: Any) -> None:
        intake.shown(resource.kind, listed=event["type"] is None)
        live = {**_object(event), "kind": resource.kind}
        intake.child(resource.kind, live, deleted=event["type"] == "DELETED")


def _selector(resource: Resource) -> tuple[str, str, str]:
    return resource.group, resource.version, resource.plural


def _object(event: kopf.RawEvent) -> dict[str, Any]:
    return dict(event["object"])


async def _login(**kwargs: Any) -> kopf.ConnectionInfo | None:
    login = kopf.login_with_service_account if in_cluster() else kopf.login_with_kubeconfig
    return login(**kwargs)
