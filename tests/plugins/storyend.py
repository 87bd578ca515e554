"""What is left of a bot's story in the end, and how it differs from another one's."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botpod_operator.kube.resources import BOT_INSTANCE, CHILDREN, EVENT, SECRET

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mirror import Mirror, Object

KINDS = {**CHILDREN, "Secret": SECRET}
STORED_BY_SERVER = ("uid", "resourceVersion", "creationTimestamp", "managedFields", "namespace")


@dataclass(frozen=True, kw_only=True)
class Ending:
    """What is left of a story, names and times and what the API server gives left out."""

    children: dict[str, Object]
    status: Object
    events: Counter[str]


async def endings(view: Mirror) -> dict[str, Ending]:
    """Return how the story of every bot in the namespace ended."""
    bots = {live["metadata"]["name"]: live for live in await view.list(BOT_INSTANCE)}
    children: dict[str, dict[str, Object]] = {bot: {} for bot in bots}
    for kind, resource in KINDS.items():
        for live in await view.list(resource):
            bot = live["metadata"].get("labels", {}).get("botpod.dev/bot")
            if bot in children:
                children[bot][kind] = live
    events: dict[str, Counter[str]] = {bot: Counter() for bot in bots}
    for event in await view.list(EVENT):
        bot = event["regarding"]["name"]
        if bot in events:
            events[bot][f"{event['type']} {event['reason']}"] += 1
    return {
        bot: Ending(
            children={kind: _plain(_kept(kind, child), bot, live) for kind, child in children[bot].items()},
            status=_plain(live["status"], bot, live),
            events=events[bot],
        )
        for bot, live in bots.items()
    }


def _kept(kind: str, child: Object) -> Object:
    """Leave out what the API server makes, and the digest in a Secret, which stands in an annotation, too."""
    metadata = {key: value for key, value in child["metadata"].items() if key not in STORED_BY_SERVER}
    kept = {**child, "metadata": metadata, "status": None}
    if kind == "Secret":
        kept["data"] = {key: value for key, value in kept["data"].items() if key != ".delivery"}
    return kept


def _plain(content: Object, bot: str, live: Object) -> Object:
    """Write what differs between two bots of one story in the same way."""
    text = json.dumps(content, sort_keys=True)
    digest = live["status"].get("credentials", {}).get("digest") or "{digest}"
    text = text.replace(digest, "{digest}").replace(live["metadata"]["uid"], "{uid}")
    text = text.replace(bot, "{bot}")
    text = re.sub(r'("botpod.dev/config-digest": )"[0-9a-f]+"', r'\1"{config}"', text)
    text = re.sub(r'"(lastTransitionTime)": "[^"]+"', r'"\1": "{time}"', text)
    text = re.sub(r'("clusterIPs?": )(\[[^]]*\]|"[^"]*")', r'\1"{ip}"', text)
    plain: Object = json.loads(text)
    return plain


def differences(plain: Ending, other: Ending) -> list[str]:
    """Return what is not as in the plain story, events left out."""
    return [*_unlike(plain.children, other.children), *_unlike(plain.status, other.status, "status")]


def _unlike(wanted: Any, found: Any, where: str = "") -> Iterator[str]:
    if isinstance(wanted, dict) and isinstance(found, dict):
        for key in wanted.keys() | found.keys():
            yield from _unlike(wanted.get(key), found.get(key), f"{where}.{key}")
    elif wanted != found:
        yield f"{where}: {found!r} instead of {wanted!r}"
