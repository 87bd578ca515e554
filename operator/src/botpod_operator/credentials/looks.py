"""When to look at a bot's credentials: after its refresh interval, or when what it asks for changed."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from botpod_operator.digests import digest
from botpod_operator.durations import seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod_operator.accounts.keeper import Keeper
    from botpod_operator.api.credentials import Credentials
    from botpod_operator.credentials.board import Board
    from botpod_operator.credentials.courier import Courier
    from botpod_operator.credentials.delivery import Known, Outcome
    from botpod_operator.credentials.direct import DirectCourier
    from botpod_operator.credentials.sources import SourceFactory
    from botpod_operator.effective import Effective
    from botpod_operator.identity import BotKey

SOON_SECONDS = 5.0
"""How soon to look again for a bot that can't start for want of credentials."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    asked: str
    outcome: Outcome
    due: float
    checked: float
    """When the source last told which version is the newest; before it ever did, the first look."""


class Looks:
    """Looks at credentials when it is time; in between, the last outcome stands."""

    def __init__(
        self,
        *,
        courier: Courier,
        direct: DirectCourier,
        factory: SourceFactory,
        board: Board,
        accounts: Keeper,
        clock: Callable[[], float],
        jitter: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._courier = courier
        self._direct = direct
        self._factory = factory
        self._board = board
        self._accounts = accounts
        self._clock = clock
        self._jitter = jitter
        self._last: dict[BotKey, _Look] = {}

    def forget(self, key: BotKey) -> None:
        """Forget a bot that is gone."""
        self._last.pop(key, None)
        self._direct.forget(key)
        self._board.forget(key)
        self._factory.forget(key)
        self._accounts.forget(key)

    def nudge(self, key: BotKey) -> None:
        """Have the next call look, whatever the interval says: something moved."""
        last = self._last.get(key)
        if last is not None:
            self._last[key] = replace(last, due=self._clock())

    def due_in(self, key: BotKey) -> float | None:
        """Return the seconds until the next look."""
        last = self._last.get(key)
        return max(0.0, last.due - self._clock()) if last else None

    def checked_ago(self, key: BotKey) -> float | None:
        """Return for how many seconds nothing is known of a bot's newest credentials; None before a look."""
        last = self._last.get(key)
        if last is None:
            return None
        # A look takes what was read for all; where nobody reads any more, each look finds the same.
        age = self._board.age(key)
        looked = self._clock() - last.checked
        return looked if age is None or math.isinf(age) else max(looked, age)

    async def outcome(self, effective: Effective, credentials: Credentials, known: Known) -> Outcome:
        """Return the outcome of a look now, or of the last one where none is due."""
        key, asked = effective.identity.key, _asked(effective, credentials)
        last = self._last.get(key)
        if last is not None and last.asked == asked and self._clock() < last.due:
            return last.outcome
        # Somebody edited what is asked for and waits for it: what was read for others may be too old.
        edited = last is not None and last.asked != asked
        sources = self._factory.sources(effective, credentials, fresh=edited)
        courier = self._direct if effective.direct else self._courier
        if edited:
            courier.edited(key)
        outcome = await courier.look(effective, sources, known)
        # Where anything new is refused, the pods go on with what they had, their logins too.
        self._accounts.delivered(key, newest=outcome.delivery is not None and outcome.problem is None)
        interval = float(seconds(credentials.refresh_interval))
        if outcome.delivery is None:
            interval = min(interval, SOON_SECONDS)
        # After a start all bots are looked at within seconds, and must not all be due again at once.
        seen_before = last is None and known.delivery is not None
        wait = interval * self._jitter(0.3 if seen_before else 1.0, 1.1)
        open_question = courier.due_in(key)
        if open_question:
            wait = min(wait, open_question)
        now = self._clock()
        checked = now if last is None or outcome.version_known else last.checked
        self._last[key] = _Look(asked=asked, outcome=outcome, due=now + wait, checked=checked)
        return outcome


def _asked(effective: Effective, credentials: Credentials) -> str:
    """Return a digest of everything that decides what the Secret holds, versions left out."""
    return digest(
        {
            "uid": effective.identity.uid,
            "credentials": credentials.model_dump(mode="json"),
            "keys": [key.model_dump() for key in effective.keys],
            "vault": effective.vault.model_dump() if effective.vault else None,
            "verify": effective.verify_credentials,
            "application": effective.application_id,
            "passwords": [[name, ref.model_dump()] for name, ref in effective.state.password_refs],
            "accounts": [
                [url, admin.model_dump()]
                for url, admin in (
                    (effective.state.redis_url, effective.state.redis_account),
                    (effective.state.sql_url, effective.state.sql_account),
                )
                if admin
            ],
        }
    )
