"""The classes that bots name, each parsed once for each of its versions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botpod_operator.api.botclass import BotClassSpec
from botpod_operator.kube.resources import BOT_CLASS

if TYPE_CHECKING:
    from botpod_operator.kube.client import Kube
    from botpod_operator.watch.store import Store


@dataclass(frozen=True, slots=True)
class ClassInForce:
    """A class as its bots see it."""

    version: str
    generation: int
    spec: BotClassSpec
    """One object for all of its bots: what they keep of it is there once."""


class ClassSpecs:
    """Finds classes in the store, and those that no watch has shown yet at the API server."""

    def __init__(self, *, kube: Kube, store: Store) -> None:
        self._kube = kube
        self._store = store
        self._parsed: dict[str, ClassInForce] = {}

    async def find(self, name: str) -> ClassInForce | None:
        """Return a class, or None where there is none.

        Raises:
            OperatorError: the API server didn't say.
        """
        found = self._store.botclass(name)
        if found is None:
            # Only the API server knows that there is none.
            found = await self._kube.get(BOT_CLASS, name=name)
            if found is None:
                return None
            self._store.see_class(found)
        version = found["metadata"]["resourceVersion"]
        known = self._parsed.get(name)
        if known is None or known.version != version:
            spec = BotClassSpec.model_validate(found["spec"])
            known = self._parsed[name] = ClassInForce(version, found["metadata"]["generation"], spec)
        return known
