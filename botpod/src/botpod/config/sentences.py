"""Turns pydantic's findings into sentences that name the field and say what to do."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from botpod.config.schema import Configuration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic_core import ErrorDetails

_SHOWN = 40
_KINDS = {
    "string_type": "a text (quote it if it looks like a number)",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}
_BOUNDS = {
    "greater_than": ("more than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
}


def field_path(location: Sequence[str | int]) -> str:
    """Write a location as one finds it in the file: ``models[0].baseUrl``."""
    path = ""
    for step in location:
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else step
    return path or "the file"


def _shown(value: Any) -> str:
    if isinstance(value, (dict, list)):
        return "a mapping" if isinstance(value, dict) else "a list"
    if value is None:
        return "empty"
    text = str(value) if not isinstance(value, str) else f'"{value}"'
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _known_fields(location: Sequence[str | int]) -> list[str]:
    section: Any = Configuration
    for step in location:
        if isinstance(step, int):
            continue
        section = next(
            (
                nested
                for info in section.model_fields.values()
                if info.alias == step and (nested := _section_in(info.annotation))
            ),
            None,
        )
        if section is None:
            return []
    return [info.alias for info in section.model_fields.values()]


def _section_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(
        (found for inner in getattr(annotation, "__args__", ()) if (found := _section_in(inner))), None
    )


def sentence(error: ErrorDetails) -> str:
    """Say what is wrong with one field and what to write instead."""
    return f"{field_path(error['loc'])} {_finding(error)}."


def _finding(error: ErrorDetails) -> str:
    location, kind, value, context = error["loc"], error["type"], error["input"], error.get("ctx", {})
    if kind in _KINDS:
        return f"is {_shown(value)}; it must be {_KINDS[kind]}"
    if kind in _BOUNDS:
        words, key = _BOUNDS[kind]
        return f"is {_shown(value)}; it must be {words} {context[key]}"
    match kind:
        case "missing":
            said = "is missing; give it a value"
        case "extra_forbidden":
            close = get_close_matches(str(location[-1]), _known_fields(location[:-1]), n=1)
            said = "is not a known field; " + (
                f"rename it to {close[0]} or remove it" if close else "remove it"
            )
        case "literal_error" | "enum":
            said = f"is {_shown(value)}; use {context['expected'].replace("'", '')}"
        case "string_too_short":
            said = "is empty; give it a value"
        case "string_too_long":
            said = f"is too long; use at most {context['max_length']} characters"
        case "string_pattern_mismatch":
            allowed = (
                "no blanks" if context["pattern"] == r"^\S+$" else "lower-case letters, digits, '-' and '.'"
            )
            said = f"is {_shown(value)}; use {allowed}"
        case _:
            said = f"is {_shown(value)}; {error['msg'][0].lower()}{error['msg'][1:]}"
    return said
