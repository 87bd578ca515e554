"""Names and images by what a class lists: exact, or by a beginning that ends at a boundary. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from botpod_operator.api.allowances import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Iterable

_PATH = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def named(name: str, patterns: Iterable[str]) -> bool:
    """Return whether a name is listed; ``*`` at a pattern's end stands for any rest."""
    return any(
        name.startswith(pattern[:-1]) if pattern.endswith(EVERYTHING) else name == pattern
        for pattern in patterns
    )


def image_listed(image: str, patterns: Iterable[str]) -> bool:
    """Return whether an image is listed, as one reference or by a pattern."""
    return any(_fits(image, pattern) for pattern in patterns)


def _fits(image: str, pattern: str) -> bool:
    """Return whether an image is what a pattern says.

    What the ``*`` stands for must be whole parts of a reference: ``registry.example/bot:*`` is a tag of that
    repository, and neither another repository nor another port of a registry.
    """
    if not pattern.endswith(EVERYTHING):
        return image == pattern
    beginning = pattern[:-1]
    return image.startswith(beginning) and _goes_on(beginning, image[len(beginning) :])


def _goes_on(beginning: str, rest: str) -> bool:
    match beginning[-1:]:
        case "":
            return True
        case "/":
            return _is_reference(rest)
        case ":":
            # A registry alone has no tags: what follows its colon is a port.
            return "/" in beginning and _is_tagged(rest)
        case "@":
            return _DIGEST.fullmatch(rest) is not None
    return False  # the API server refuses such a pattern


def _is_reference(text: str) -> bool:
    path, _, digest = text.partition("@")
    path, _, tag = path.partition(":")
    return (
        _PATH.fullmatch(path) is not None
        and (not tag or _TAG.fullmatch(tag) is not None)
        and (not digest or _DIGEST.fullmatch(digest) is not None)
    )


def _is_tagged(text: str) -> bool:
    tag, _, digest = text.partition("@")
    return _TAG.fullmatch(tag) is not None and (not digest or _DIGEST.fullmatch(digest) is not None)
