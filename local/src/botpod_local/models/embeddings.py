"""OpenAI's embeddings: vectors made of the words alone, so that texts with words in common are near."""

from __future__ import annotations

import base64
import hashlib
import math
import re
import struct
from typing import TYPE_CHECKING, Any

from botpod_local.models import tokens
from botpod_local.models.conversation import BadAsk
from botpod_local.models.fields import allow, need

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botpod_local.models.frames import Json

DIMENSIONS = 1536
"""What text-embedding-3-small has."""

_WORD = re.compile(r"\w+")


def vector(text: str, dimensions: int) -> list[float]:
    """Return a vector of length one: each word adds to a few places that its hash names."""
    found = [0.0] * dimensions
    for word in _WORD.findall(text.lower()) or [text]:
        digest = hashlib.sha256(word.encode()).digest()
        for n in range(0, 32, 4):
            place = int.from_bytes(digest[n : n + 3]) % dimensions
            found[place] += 1.0 if digest[n + 3] % 2 else -1.0
    length = math.sqrt(sum(value * value for value in found)) or 1.0
    return [value / length for value in found]


def answer(body: Mapping[str, Any], *, model: str | None = None) -> Json:
    """Return the answer to an embeddings request; ``model`` is the deployment's name. Raises BadAsk."""
    name = model or need(body, "model", str)
    given = need(body, "input", (str, list))
    texts = [given] if isinstance(given, str) else given
    if not texts or not all(isinstance(text, str) and text for text in texts):
        raise BadAsk("Invalid 'input': give a text or a list of texts, none of them empty.", param="input")
    dimensions = allow(body, "dimensions", int) or DIMENSIONS
    if dimensions < 1:
        raise BadAsk("Invalid 'dimensions': must be at least 1.", param="dimensions")
    as_base64 = body.get("encoding_format") == "base64"
    count = sum(tokens.count(text) for text in texts)
    return {
        "object": "list",
        "model": name,
        "data": [
            {
                "object": "embedding",
                "index": n,
                "embedding": _encode(vector(text, dimensions), as_base64=as_base64),
            }
            for n, text in enumerate(texts)
        ],
        "usage": {"prompt_tokens": count, "total_tokens": count},
    }


def _encode(values: list[float], *, as_base64: bool) -> list[float] | str:
    if not as_base64:
        return values
    return base64.b64encode(struct.pack(f"<{len(values)}f", *values)).decode()
