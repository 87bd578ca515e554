"""Knows every credential's present version, and notices when a file changes."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from botpod.credentials.digests import digest
from botpod.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from botpod.config.credentials import CredentialSource

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One value a credential had; ``since`` in seconds since the epoch."""

    value: SecretStr
    digest: str
    since: float


class Credentials:
    """The credentials ``names`` of ``source``; values are read anew whenever they are asked for."""

    def __init__(
        self, source: CredentialSource, names: Sequence[str], *, clock: Callable[[], float] = time.time
    ) -> None:
        self._source = source
        self._names = tuple(names)
        self._clock = clock
        self._versions: dict[str, Version] = {}
        self._former: dict[str, SecretStr] = {}
        self._problems: dict[str, str] = {}
        self._delivery: str | None = None

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files to watch."""
        return self._source.paths(self._names)

    def value(self, name: str) -> str:
        """Return the present value; raises :class:`botpod.errors.Rejected` where there is none."""
        return self._source.value(name)

    def refresh(self) -> None:
        """Let the source take up what has changed, before the values are asked for."""
        self._source.refresh()

    def secrets(self) -> frozenset[str]:
        """Return the values that must not be seen anywhere: the present ones and those before them."""
        present = {version.value.get_secret_value() for version in self._versions.values()}
        return frozenset(present | {value.get_secret_value() for value in self._former.values()})

    def status(self) -> dict[str, Any]:
        """Return the delivery in use and each credential's digest, age and problem; never a value."""
        return {
            "delivery": self._delivery,
            "keys": {
                name: {
                    "digest": version.digest if version else None,
                    "since": version.since if version else None,
                    "problem": self._problems.get(name),
                }
                for name in self._names
                for version in [self._versions.get(name)]
            },
        }

    def look(self) -> tuple[str, ...]:
        """Read all values and return the names of those that have changed."""
        # Before the values: were they swapped in between, the next look tells of the newer delivery.
        delivery = self._source.delivery()
        changed = tuple(name for name in self._names if self._look_at(name))
        self._delivery = delivery
        return changed

    def _look_at(self, name: str) -> bool:
        try:
            value = self._source.value(name)
        except Rejected as error:
            if self._problems.get(name) != str(error):
                _log.warning("%s", error)
            self._problems[name] = str(error)
            return False
        self._problems.pop(name, None)
        before = self._versions.get(name)
        if before is not None and before.value.get_secret_value() == value:
            return False
        if before is not None:
            self._former[name] = before.value
            _log.info("The credential %s has changed.", name)
        self._versions[name] = Version(
            value=SecretStr(value), digest=digest(name, value), since=self._clock()
        )
        return True
