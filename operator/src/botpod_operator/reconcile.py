"""The one sequence for everything that can happen to a bot: gather, decide, apply, status.

Level-based: it looks at how things are, never at what changed. Doing it twice does nothing twice.
"""

from __future__ import annotations

import asyncio
import logging
import random
from dataclasses import replace
from typing import TYPE_CHECKING

from pydantic import ValidationError

from botpod_operator.admission import without_key
from botpod_operator.api.botinstance import BotInstanceSpec
from botpod_operator.api.status import BotInstanceStatus
from botpod_operator.applying import apply_all, failure, sentence
from botpod_operator.classspecs import ClassSpecs
from botpod_operator.desired.configmap import revision
from botpod_operator.desired.objects import NOBODY_ELSE, desired_objects, kinds
from botpod_operator.desired.order import order
from botpod_operator.desired.serviceaccount import serviceaccount
from botpod_operator.digests import digest
from botpod_operator.effective import resolve
from botpod_operator.errors import LeadershipLost, NotFound, NotYet
from botpod_operator.failing import RETRY_SECONDS, Failing
from botpod_operator.identity import BotKey, Identity
from botpod_operator.kube.children import ChildRefused, NameTaken
from botpod_operator.policies import Problem, Subject, class_missing, not_understood
from botpod_operator.reporting.credentials import confirmed, known
from botpod_operator.reporting.facts import Facts
from botpod_operator.reporting.notes import notes
from botpod_operator.reporting.status import status
from botpod_operator.usage.health import WELL
from botpod_operator.usage.report import Wanted

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from botpod_operator.admission import Admission
    from botpod_operator.allowances.tolerance import Ruling
    from botpod_operator.applying import Applied
    from botpod_operator.credentials.delivery import Outcome
    from botpod_operator.credentials.looks import Looks
    from botpod_operator.desired.networkpolicy import Peers
    from botpod_operator.effective import Effective
    from botpod_operator.kube.announce import Announcer
    from botpod_operator.kube.children import Children
    from botpod_operator.kube.client import Kube
    from botpod_operator.kube.statuswriter import StatusWriter
    from botpod_operator.metrics.deliveries import DeliveryMetrics
    from botpod_operator.usage.confirmer import Confirmer
    from botpod_operator.usage.health import Health
    from botpod_operator.usage.inspector import Inspector
    from botpod_operator.usage.prober import Prober
    from botpod_operator.watch.rollout import Rollout
    from botpod_operator.watch.store import Object, Store

ACT_SECONDS = 45.0
"""The most one look may take until it is told that it takes too long."""

logger = logging.getLogger(__name__)


class Reconciler:
    """Brings one bot after the other to what its resource says."""

    def __init__(
        self,
        *,
        kube: Kube,
        store: Store,
        children: Children,
        admission: Admission,
        looks: Looks,
        confirmer: Confirmer,
        prober: Prober,
        inspector: Inspector,
        statuses: StatusWriter,
        announcer: Announcer,
        deliveries: DeliveryMetrics,
        now: Callable[[], dt.datetime],
        peers: Peers = NOBODY_ELSE,
        jitter: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._classes = ClassSpecs(kube=kube, store=store)
        self._peers = peers
        self._store = store
        self._children = children
        self._admission = admission
        self._looks = looks
        self._confirmer = confirmer
        self._prober = prober
        self._inspector = inspector
        self._statuses = statuses
        self._announcer = announcer
        self._deliveries = deliveries
        self._now = now
        self._failing = Failing(jitter=jitter)

    async def __call__(self, key: BotKey) -> float | None:
        """Look at one bot; return in how many seconds to look again, None for not at all.

        Raises:
            OperatorError: what a retry may solve; the status tells of it.
        """
        bot = self._store.bot(key)
        if bot is None or "deletionTimestamp" in bot["metadata"]:
            # Kubernetes deletes the children, by their owner references.
            self._store.forget(key)
            self._children.forget(key)
            self._let_go(key)
            self._failing.forget(key)
            return None
        identity = Identity(namespace=key.namespace, name=key.name, uid=bot["metadata"]["uid"])
        before = BotInstanceStatus.model_validate(bot.get("status") or {})
        try:
            async with asyncio.timeout(ACT_SECONDS):
                facts, again, error = await self._act(identity, bot, before)
        except LeadershipLost:
            raise
        except NotYet:
            if before.conditions is None:
                await self._report(identity, before, self._ended_early(identity, bot))
            raise
        except Exception as raised:  # noqa: BLE001 - whatever it is, it is told
            facts, again, error = self._ended_early(identity, bot, raised), None, raised
        if error is None:
            self._failing.succeeded(key)
            await self._report(identity, before, facts)
            return again
        if self._failing.failed(key):
            await self._report(identity, before, facts)
        raise error

    def _ended_early(self, identity: Identity, bot: Object, error: Exception | None = None) -> Facts:
        """Return the facts of a look that didn't get to an end."""
        facts = self._facts(identity, bot["metadata"]["generation"])
        return replace(facts, early=True, failures=(failure(error),) if error else ())

    def _let_go(self, key: BotKey) -> None:
        """Ask nobody anything for a bot any more."""
        self._looks.forget(key)
        self._confirmer.forget(key)
        self._prober.forget(key)
        self._inspector.forget(key)

    async def _act(
        self, identity: Identity, bot: Object, before: BotInstanceStatus
    ) -> tuple[Facts, float | None, Exception | None]:
        """Gather, decide and apply; return the facts, in how many seconds to look again, and what failed.

        What stands in the way becomes a problem in the facts. Most of it only an edit solves, which a watch
        tells of.
        """
        generation: int = bot["metadata"]["generation"]
        try:
            spec = BotInstanceSpec.model_validate(bot["spec"])
        except ValidationError as error:  # a CRD of another version let it through
            return self._facts(identity, generation, problems=(not_understood(error),)), None, None
        found = await self._classes.find(spec.class_name)
        if found is None:
            return self._facts(identity, generation, problems=(class_missing(spec.class_name),)), None, None
        effective = resolve(
            identity=identity, spec=spec, class_spec=found.spec, class_generation=found.generation
        )
        verdict = await self._admission.judge(
            Subject(spec=spec, class_spec=found.spec, effective=effective),
            before=before,
            generation=generation,
        )
        ruling = verdict.ruling
        if verdict.barred:
            self._let_go(identity.key)
        if verdict.problems:
            facts = self._facts(identity, generation, problems=verdict.problems, ruling=ruling)
            return facts, verdict.again, None
        again, failed = verdict.again, None
        try:
            facts, failed = await self._run(without_key(effective, ruling), spec, generation, before)
            again = _sooner(self._looks.due_in(identity.key), again)
        except NameTaken as taken:
            reason = "Waiting" if taken.leftover else "NameTaken"
            problem = Problem(reason=reason, message=sentence(str(taken)))
            facts, again = self._facts(identity, generation, problems=(problem,)), RETRY_SECONDS
        except ChildRefused as refused:
            # One of the two that everything else needs first.
            facts = replace(self._facts(identity, generation), failures=(failure(refused),), held=True)
        if facts.refused:
            again = _sooner(again, self._failing.refused(identity.key))
        else:
            self._failing.accepted(identity.key)
        return replace(facts, ruling=ruling), again, failed

    async def _run(
        self, effective: Effective, spec: BotInstanceSpec, generation: int, before: BotInstanceStatus
    ) -> tuple[Facts, Exception | None]:
        """Apply an accepted bot, as far as its credentials allow; return what failed, too."""
        identity = effective.identity
        await self._children.claim(identity, kinds(effective))
        # First, because it is who the bot is for Vault.
        await self._children.apply(identity, serviceaccount(identity))
        told = before.credentials
        remembered = known(told)
        outcome = await self._looks.outcome(effective, spec.credentials, remembered)
        if outcome.delivery is None and outcome.trial is None:
            return self._facts(identity, generation, effective=effective, outcome=outcome), None
        applied, configuration = await self._apply(effective, outcome, remembered.application_id)
        # Only now: what was applied is in the store by its answer.
        facts = replace(
            self._facts(identity, generation, effective=effective, outcome=outcome),
            failures=applied.failures,
            held=applied.held,
        )
        facts = replace(
            facts,
            health=self._health(effective, facts.rollout),
            ailments=self._inspector.follow(identity.key, facts.rollout),
        )
        if outcome.delivery is None or applied.held:
            return facts, applied.error  # the pods wait for one of them to try the first, or are of before
        pods = facts.rollout
        ready = pods.ready if pods else 0
        usage = self._confirmer.want(
            identity.key,
            Wanted(delivery=outcome.delivery.digest, revision=configuration),
            ready=ready,
            unready=pods.replicas - ready if pods else 0,
            direct=effective.direct,
            confirmed=confirmed(told, outcome.delivery),
        )
        return replace(facts, usage=usage), applied.error

    def _health(self, effective: Effective, rollout: Rollout | None) -> Health | None:
        """Have the pods asked how they stand, where they share anything; return what is known of them."""
        if effective.state.shared:
            return self._prober.follow(effective.identity.key, rollout)
        self._prober.forget(effective.identity.key)
        return WELL

    async def _apply(
        self, effective: Effective, outcome: Outcome, application_id: str | None
    ) -> tuple[Applied, str]:
        """Bring the children to what they shall be; return the revision of the bot's configuration, too."""
        identity = effective.identity
        ordered = order(effective, outcome, application_id=application_id)
        manifests = desired_objects(effective, ordered, peers=self._peers)
        applied = await apply_all(self._children, identity, manifests, keep=frozenset(kinds(effective)))
        if ordered is not None and not ordered.passwords and not applied.held:
            await self._children.withdraw(identity)
        return applied, revision(next(manifest for manifest in manifests if manifest["kind"] == "ConfigMap"))

    def _facts(
        self,
        identity: Identity,
        generation: int,
        *,
        problems: tuple[Problem, ...] = (),
        ruling: Ruling | None = None,
        effective: Effective | None = None,
        outcome: Outcome | None = None,
    ) -> Facts:
        children = self._store.children(identity.key)
        pods, autoscaler = children.get("Deployment"), children.get("HorizontalPodAutoscaler")
        return Facts(
            generation=generation,
            problems=problems,
            ruling=ruling,
            effective=effective,
            outcome=outcome,
            rollout=pods.rollout if pods else None,
            ailments=self._inspector.told(identity.key),
            twins=self._store.applications.others(identity.key),
            idle=autoscaler.idle if autoscaler else None,
        )

    async def _report(self, identity: Identity, before: BotInstanceStatus, facts: Facts) -> None:
        now = self._now().isoformat(timespec="seconds").replace("+00:00", "Z")
        after = status(identity=identity, facts=facts, before=before, now=now)
        if after == before:
            return
        # Before the status is written, which is the memory of what was told: whatever ends this process in
        # between, the next look tells the same again, and the event is known by its name.
        for note in notes(before, after):
            await self._announcer.post(identity, note, digest(before.model_dump(mode="json")))
        try:
            await self._statuses.write(identity, after)
        except NotFound:
            return  # deleted meanwhile
        self._deliveries.told(before.credentials, after.credentials)
        ready = (after.conditions or ())[0]
        logger.info("status written", extra={"ready": ready.status, "reason": ready.reason})


def _sooner(*times: float | None) -> float | None:
    return min((seconds for seconds in times if seconds is not None), default=None)
