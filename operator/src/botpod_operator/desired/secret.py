"""The Secret with the credentials, one key a file."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from botpod_operator.credentials.delivery import Delivery
from botpod_operator.credentials.port import Verdict
from botpod_operator.desired.manifest import Manifest, head

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botpod_operator.credentials.values import SecretValues
    from botpod_operator.identity import Identity

VERDICT_ANNOTATION = "botpod.dev/credentials-verdict"
SOURCE_ANNOTATION = "botpod.dev/credentials-source"
VERSION_ANNOTATION = "botpod.dev/credentials-version"
DIGEST_ANNOTATION = "botpod.dev/credentials-digest"


def secret(identity: Identity, delivery: Delivery, values: SecretValues) -> Manifest:
    """Return the Secret. The manifest holds the values: send it and forget it."""
    return {
        **head(
            identity,
            api_version="v1",
            kind="Secret",
            annotations={
                SOURCE_ANNOTATION: delivery.source,
                VERSION_ANNOTATION: delivery.version,
                DIGEST_ANNOTATION: delivery.digest,
                **({VERDICT_ANNOTATION: _verdict_text(delivery.verdict)} if delivery.verdict else {}),
            },
        ),
        "type": "Opaque",
        "data": {
            name: base64.b64encode(values.reveal(name).encode()).decode() for name in sorted(values.names)
        },
    }


def delivery_in(annotations: Mapping[str, str], *, keys: frozenset[str]) -> Delivery | None:
    """Read back from a Secret's annotations what :func:`secret` wrote; None where it wrote nothing."""
    if not {SOURCE_ANNOTATION, VERSION_ANNOTATION, DIGEST_ANNOTATION} <= annotations.keys():
        return None
    return Delivery(
        source=annotations[SOURCE_ANNOTATION],
        version=annotations[VERSION_ANNOTATION],
        digest=annotations[DIGEST_ANNOTATION],
        keys=keys,
        verdict=_verdict_in(annotations.get(VERDICT_ANNOTATION)),
    )


def _verdict_text(verdict: Verdict) -> str:
    return json.dumps(
        {"verified": verdict.verified, "reason": verdict.reason, "message": verdict.message}, sort_keys=True
    )


def _verdict_in(text: str | None) -> Verdict | None:
    try:
        content = json.loads(text or "")
        return Verdict(
            accepted=True,
            verified=bool(content["verified"]),
            reason=str(content["reason"]),
            message=str(content["message"]),
        )
    except (ValueError, KeyError, TypeError):
        return None
