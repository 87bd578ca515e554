"""The one sequence for everything that can happen to a bot: gather, decide, apply, status.

Level-based: it looks at how things are, never at what changed. Doing it twice does nothing twice.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from pydantic import ValidationError

from botpod_operator.api.botclass import BotClassSpec
from botpod_operator.api.botinstance import BotInstanceSpec
from botpod_operator.api.status import BotInstanceStatus
from botpod_operator.desired.configmap import revision
from botpod_operator.desired.objects import desired_objects, kinds
from botpod_operator.desired.order import order
from botpod_operator.desired.serviceaccount import serviceaccount
from botpod_operator.digests import digest
from botpod_operator.effective import resolve
from botpod_operator.errors import NotFound
from botpod_operator.identity import BotKey, Identity
from botpod_operator.kube.children import ChildRefused, NameTaken
from botpod_operator.kube.resources import BOT_CLASS
from botpod_operator.policies import Problem, Subject, class_missing, judge, not_understood
from botpod_operator.reporting.credentials import confirmed, known
from botpod_operator.reporting.facts import Facts
from botpod_operator.reporting.notes import notes
from botpod_operator.reporting.status import status
from botpod_operator.together import together
from botpod_operator.usage.health import WELL
from botpod_operator.usage.report import Wanted

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from botpod_operator.api.status import CredentialStatus
    from botpod_operator.credentials.delivery import Outcome
    from botpod_operator.credentials.looks import Looks
    from botpod_operator.effective import Effective
    from botpod_operator.kube.announce import Announcer
    from botpod_operator.kube.children import Children
    from botpod_operator.kube.client import Kube
    from botpod_operator.kube.statuswriter import StatusWriter
    from botpod_operator.metrics.deliveries import DeliveryMetrics
    from botpod_operator.usage.confirmer import Confirmer
    from botpod_operator.usage.health import Health
    from botpod_operator.usage.prober import Prober
    from botpod_operator.watch.rollout import Rollout
    from botpod_operator.watch.store import Object, Store

RETRY_SECONDS = 5.0
"""How soon to try again what only somebody else can solve, where no watch will tell."""

logger = logging.getLogger(__name__)


class Reconciler:
    """Brings one bot after the other to what its resource says."""

    def __init__(
        self,
        *,
        kube: Kube,
        store: Store,
        children: Children,
        looks: Looks,
        confirmer: Confirmer,
        prober: Prober,
        statuses: StatusWriter,
        announcer: Announcer,
        deliveries: DeliveryMetrics,
        now: Callable[[], dt.datetime],
    ) -> None:
        self._kube = kube
        self._store = store
        self._children = children
        self._looks = looks
        self._confirmer = confirmer
        self._prober = prober
        self._statuses = statuses
        self._announcer = announcer
        self._deliveries = deliveries
        self._now = now
        self._class_specs: dict[str, tuple[str, BotClassSpec]] = {}

    async def __call__(self, key: BotKey) -> float | None:
        """Look at one bot; return in how many seconds to look again, None for not at all.

        Raises:
            OperatorError: what a retry may solve.
        """
        bot = self._store.bot(key)
        if bot is None or "deletionTimestamp" in bot["metadata"]:
            # Kubernetes deletes the children, by their owner references.
            self._store.forget(key)
            self._children.forget(key)
            self._looks.forget(key)
            self._confirmer.forget(key)
            self._prober.forget(key)
            return None
        identity = Identity(namespace=key.namespace, name=key.name, uid=bot["metadata"]["uid"])
        before = BotInstanceStatus.model_validate(bot.get("status") or {})
        facts, again = await self._act(identity, bot, before.credentials)
        await self._report(identity, before, facts)
        return again

    async def _act(
        self, identity: Identity, bot: Object, told: CredentialStatus | None
    ) -> tuple[Facts, float | None]:
        """Gather, decide and apply; return the facts, and in how many seconds to look again.

        ``told`` is what the status says of the credentials.

        What stands in the way becomes a problem in the facts. Most of it only an edit solves, which a watch
        tells of.
        """
        generation: int = bot["metadata"]["generation"]
        try:
            spec = BotInstanceSpec.model_validate(bot["spec"])
        except ValidationError as error:  # a CRD of another version let it through
            return self._facts(identity, generation, problems=(not_understood(error),)), None
        found = await self._class(spec.class_name)
        if found is None:
            return self._facts(identity, generation, problems=(class_missing(spec.class_name),)), None
        class_spec = self._class_spec(found)
        effective = resolve(
            identity=identity,
            spec=spec,
            class_spec=class_spec,
            class_generation=found["metadata"]["generation"],
        )
        problems = judge(Subject(spec=spec, class_spec=class_spec, effective=effective))
        if problems:
            return self._facts(identity, generation, problems=problems), None
        try:
            facts = await self._run(effective, spec, generation, told)
            return facts, self._looks.due_in(identity.key)
        except NameTaken as taken:
            reason = "Waiting" if taken.leftover else "NameTaken"
            problem = Problem(reason=reason, message=_sentence(str(taken)))
        except ChildRefused as refused:
            problem = Problem(reason="ChildRefused", message=_sentence(str(refused)))
        return self._facts(identity, generation, problems=(problem,)), RETRY_SECONDS

    async def _run(
        self, effective: Effective, spec: BotInstanceSpec, generation: int, told: CredentialStatus | None
    ) -> Facts:
        """Apply an accepted bot, as far as its credentials allow."""
        identity = effective.identity
        await self._children.claim(identity, kinds(effective))
        # First, because it is who the bot is for Vault.
        await self._children.apply(identity, serviceaccount(identity))
        remembered = known(told)
        outcome = await self._looks.outcome(effective, spec.credentials, remembered)
        if outcome.delivery is None and outcome.trial is None:
            return self._facts(identity, generation, effective=effective, outcome=outcome)
        configuration = await self._apply(effective, outcome, remembered.application_id)
        # Only now: what was applied is in the store by its answer.
        facts = self._facts(identity, generation, effective=effective, outcome=outcome)
        facts = replace(facts, health=self._health(effective, facts.rollout))
        if outcome.delivery is None:
            return facts  # the pods wait for one of them to try the first
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
        return replace(facts, usage=usage)

    def _health(self, effective: Effective, rollout: Rollout | None) -> Health | None:
        """Have the pods asked how they stand, where they share anything; return what is known of them."""
        if effective.state.shared:
            return self._prober.follow(effective.identity.key, rollout)
        self._prober.forget(effective.identity.key)
        return WELL

    async def _apply(self, effective: Effective, outcome: Outcome, application_id: str | None) -> str:
        """Bring the children to what they shall be; return the revision of the bot's configuration."""
        identity = effective.identity
        ordered = order(effective, outcome, application_id=application_id)
        *before_pods, pods = desired_objects(effective, ordered)
        await together(*(self._children.apply(identity, manifest) for manifest in before_pods))
        await self._children.apply(identity, pods)
        await self._children.prune(identity, keep=frozenset(kinds(effective)))
        if ordered is not None and not ordered.passwords:
            await self._children.withdraw(identity)
        return revision(next(manifest for manifest in before_pods if manifest["kind"] == "ConfigMap"))

    def _facts(
        self,
        identity: Identity,
        generation: int,
        *,
        problems: tuple[Problem, ...] = (),
        effective: Effective | None = None,
        outcome: Outcome | None = None,
    ) -> Facts:
        child = self._store.child(identity.key, "Deployment")
        return Facts(
            generation=generation,
            problems=problems,
            effective=effective,
            outcome=outcome,
            rollout=child.rollout if child else None,
        )

    async def _class(self, name: str) -> Object | None:
        found = self._store.botclass(name)
        if found is None:
            # The watch may not have shown it yet; only the API server knows that there is none.
            found = await self._kube.get(BOT_CLASS, name=name)
            if found is not None:
                self._store.see_class(found)
        return found

    def _class_spec(self, found: Object) -> BotClassSpec:
        """Parse a class once for each of its versions: what its bots keep of it is one object then."""
        name, version = found["metadata"]["name"], found["metadata"]["resourceVersion"]
        known = self._class_specs.get(name)
        if known is None or known[0] != version:
            known = self._class_specs[name] = version, BotClassSpec.model_validate(found["spec"])
        return known[1]

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


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
