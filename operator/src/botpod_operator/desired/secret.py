"""The Secret with the credentials, one key a file."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from botpod_credentials.judgement import Verdict
from botpod_credentials.keys import DELIVERY_FILE
from botpod_operator.credentials.delivery import Delivery
from botpod_operator.desired.manifest import Manifest, head

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botpod_credentials.values import SecretValues
    from botpod_operator.identity import Identity

VERDICT_ANNOTATION = "botpod.dev/credentials-verdict"
SOURCE_ANNOTATION = "botpod.dev/credentials-source"
VERSION_ANNOTATION = "botpod.dev/credentials-version"
DIGEST_ANNOTATION = "botpod.dev/credentials-digest"
ROTATE_ANNOTATION = "botpod.dev/credentials-rotate"


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
                **({ROTATE_ANNOTATION: delivery.rotate} if delivery.rotate is not None else {}),
                **({VERDICT_ANNOTATION: _verdict_text(delivery.verdict)} if delivery.verdict else {}),
            },
        ),
        "type": "Opaque",
        "data": {
            DELIVERY_FILE: _encoded(delivery.digest),
            **{name: _encoded(values.reveal(name)) for name in sorted(values.names)},
        },
    }


def emptied(identity: Identity) -> Manifest:
    """Return the Secret without any value: what an earlier one of ours held goes."""
    return {**head(identity, api_version="v1", kind="Secret"), "type": "Opaque"}


def delivery_in(annotations: Mapping[str, str], *, keys: frozenset[str]) -> Delivery | None:
    """Read back from a Secret's annotations what :func:`secret` wrote; None where it wrote nothing."""
    if not {SOURCE_ANNOTATION, VERSION_ANNOTATION, DIGEST_ANNOTATION} <= annotations.keys():
        return None
    if DELIVERY_FILE not in keys:
        return None
    return Delivery(
        source=annotations[SOURCE_ANNOTATION],
        version=annotations[VERSION_ANNOTATION],
        digest=annotations[DIGEST_ANNOTATION],
        keys=keys - {DELIVERY_FILE},
        rotate=annotations.get(ROTATE_ANNOTATION),
        verdict=_verdict_in(annotations.get(VERDICT_ANNOTATION)),
    )


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _verdict_text(verdict: Verdict) -> str:
    content = {
        "verified": verdict.verified,
        "settled": verdict.settled,
        "reason": verdict.reason,
        "message": verdict.message,
        "applicationId": verdict.application_id,
    }
    return json.dumps(content, sort_keys=True)


def _verdict_in(text: str | None) -> Verdict | None:
    try:
        content = json.loads(text or "")
        return Verdict(
            deliver=True,
            verified=bool(content["verified"]),
            settled=bool(content["settled"]),
            reason=str(content["reason"]),
            message=str(content["message"]),
            application_id=content["applicationId"],
        )
    except (ValueError, KeyError, TypeError):
        return None
