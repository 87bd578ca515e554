"""The Secret with the credentials, one key a file."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from botpod_operator.desired.manifest import Manifest, head

if TYPE_CHECKING:
    from botpod_operator.credentials.delivery import Delivery
    from botpod_operator.credentials.values import SecretValues
    from botpod_operator.identity import Identity

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
            },
        ),
        "type": "Opaque",
        "data": {
            name: base64.b64encode(values.reveal(name).encode()).decode() for name in sorted(values.names)
        },
    }
