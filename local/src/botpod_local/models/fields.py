"""Reads a request's JSON and says what is wrong with it the way a vendor would: by field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botpod_local.models.conversation import BadAsk, Turn

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_TEXTS = {"text", "input_text", "output_text"}
_IMAGES = {"image_url", "input_image", "image"}


def need(body: Mapping[str, Any], name: str, kind: type | tuple[type, ...]) -> Any:
    """Return the field ``name``; raises BadAsk where it is absent or of another type."""
    if name not in body:
        raise BadAsk(f"Missing required parameter: '{name}'.", param=name)
    return allow(body, name, kind)


def allow(body: Mapping[str, Any], name: str, kind: type | tuple[type, ...]) -> Any:
    """Return the field ``name`` or ``None``; raises BadAsk where it is of another type."""
    value = body.get(name)
    wrong_bool = isinstance(value, bool) and kind is not bool
    if value is not None and (wrong_bool or not isinstance(value, kind)):
        raise BadAsk(f"Invalid type for '{name}': got {type(value).__name__} instead.", param=name)
    return value


def tools(body: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the tools on offer; OpenAI's chat completions describe each in its ``function``."""
    names = []
    for n, tool in enumerate(allow(body, "tools", list) or ()):
        described = tool.get("function", tool) if isinstance(tool, dict) else None
        if not isinstance(described, dict):
            raise BadAsk(f"Invalid type for 'tools[{n}]': expected an object.", param=f"tools[{n}]")
        names.append(str(described.get("name", "")))
    return tuple(names)


def content_turn(role: str, content: Any, *, at: str) -> Turn:
    """Return the turn for a content that is a text, a list of parts, or nothing.

    ``at`` is the path of the field, for the error. Images are counted, parts of other kinds are passed over.
    """
    if content is None:
        return Turn(role, "")
    if isinstance(content, str):
        return Turn(role, content)
    if not isinstance(content, list) or not all(
        isinstance(part, dict) and isinstance(part.get("type"), str) for part in content
    ):
        raise BadAsk(f"Invalid type for '{at}': expected a text or a list of parts.", param=at)
    texts = [str(part.get("text", "")) for part in content if part["type"] in _TEXTS]
    return Turn(role, "\n".join(texts), sum(part["type"] in _IMAGES for part in content))


def join_system(parts: Iterable[str]) -> str:
    """Return the system texts as one."""
    return "\n\n".join(part for part in parts if part)
