"""Everything that a bot asks for and its class doesn't allow. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_operator.allowances.patterns import image_listed
from botpod_operator.allowances.pods import pod_violations
from botpod_operator.allowances.violation import Violation, listed, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from botpod_operator.allowances.violation import Asked

REFUSED_FROM = "0.3"
"""The version that tolerates nothing any more."""

type Check = Callable[[Asked], Iterator[Violation]]


def image(asked: Asked) -> Iterator[Violation]:
    """Another image can read every credential of the bot."""
    wanted, own = asked.spec.image, asked.class_spec.image
    allowed = (asked.allow.images if asked.allow else None) or ()
    if wanted is not None and wanted != own and not image_listed(wanted, allowed):
        yield Violation(
            code=image_code(wanted),
            reason="ImageNotAllowed",
            message=f'spec.image: {shown(wanted)} is not allowed by BotClass "{asked.class_name}", which has '
            f"{listed((own, *allowed))}; leave it out, or have the platform team list it in allow.images.",
        )


def private_key(asked: Asked) -> Iterator[Violation]:
    """The key of the host that all bots share is for no bot's namespace: it is left out."""
    discord, way = asked.spec.discord, asked.class_spec.interactions
    posted = discord is not None and discord.delivery == "Interactions"
    if posted and way is not None and way.tls_secret_name is not None:
        yield Violation(
            code=key_code(way.tls_secret_name),
            reason="PrivateKeyShared",
            message=f'interactions.tlsSecretName of BotClass "{asked.class_name}" wants the private key of a '
            "host that all bots share in this namespace, and will be ignored; have the platform team end TLS "
            "at the Ingress controller, with its default certificate, and leave the field out.",
            refused=False,
        )


def image_code(name: str) -> str:
    """Return the code of an image that isn't allowed."""
    return f"image:{name}"


def key_code(secret: str) -> str:
    """Return the code of a Secret with the private key of the host of all bots."""
    return f"interactions.tlsSecretName:{secret}"


CHECKS: tuple[Check, ...] = (image, pod_violations, private_key)


def violations(asked: Asked) -> tuple[Violation, ...]:
    """Return every one, each code once."""
    found = (violation for check in CHECKS for violation in check(asked))
    return tuple({violation.code: violation for violation in found}.values())
