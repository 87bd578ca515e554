"""What an exchange with Discord does against Discord's own description, and against its documentation.

The description alone misses unknown fields, an empty message and content beyond 2,000 characters, and takes
ids and bit sets for one type only where Discord takes digits as text or number; both are mended here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from openapi_descriptions import available, description

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from botpod_local.discord import Exchange

type Schema = dict[str, Any]

CONTENT_LONGEST = 2000
SAYS_SOMETHING = (
    "content",
    "embeds",
    "components",
    "attachments",
    "sticker_ids",
    "poll",
    "shared_client_theme",
)
DOCUMENTED_ONLY = {"nsfw"}
"""Fields of requests that Discord's documentation names and its description forgot."""
BODY = ("content", "application/json", "schema")
DIGITS = re.compile(r"-?\d+")
REFUSED_FORM = {50006, 50035, 50109}
"""Discord's codes for a body that should never have been sent."""


def request_violations(exchange: Exchange) -> Iterator[str]:
    """Yield what is wrong with what was asked."""
    where = f"{exchange.method} {exchange.template or exchange.path}"
    operation = _operation(exchange)
    if exchange.template is None or operation is None:
        yield f"{where}: no such operation"
        return
    code = exchange.answer.get("code") if isinstance(exchange.answer, dict) else None
    if exchange.status >= 400 and code in REFUSED_FORM:
        yield f"{where}: refused as malformed: {exchange.answer}"
    known = {p["name"] for p in _parameters(operation) if p["in"] == "query"}
    for name in exchange.query:
        if name not in known:
            yield f"{where}: the query's {name!r} is unknown"
    body = exchange.body
    if body is None or "requestBody" not in operation:
        return
    pointer = [*_pointer(exchange), "requestBody", *BODY]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    for unknown in unknown_fields(schema, body, "$"):
        yield f"{where}: {unknown} is unknown to Discord"
    found = description("discord").complaint(pointer, normal(schema, body))
    if found is not None:
        yield f"{where}: {found}"
    for said in _beyond_description(exchange, body):
        yield f"{where}: {said}"


def answer_violations(exchange: Exchange) -> Iterator[str]:
    """Yield what is wrong with what was answered."""
    where = f"answer {exchange.status} of {exchange.method} {exchange.template or exchange.path}"
    for said in _wrong_headers(exchange):
        yield f"{where}: {said}"
    operation = _operation(exchange)
    if exchange.status >= 400:
        kind = "RatelimitedResponse" if exchange.status == 429 else "ErrorResponse"
        schema = ["components", "schemas", kind]
    elif operation is None:
        return
    elif str(exchange.status) not in operation["responses"]:
        yield f"{where}: no such answer is described"
        return
    else:
        schema = [*_pointer(exchange), "responses", str(exchange.status), *BODY]
    if exchange.status == 204:
        if exchange.answer is not None:
            yield f"{where}: has a body"
        return
    found = description("discord").complaint(schema, _numbered(exchange.answer))
    if found is not None:
        yield f"{where}: {found}"


def _wrong_headers(exchange: Exchange) -> Iterator[str]:
    if exchange.status != 204 and exchange.answer_type != "application/json":
        yield f"Content-Type is {exchange.answer_type!r}"
    needed: list[str] = []
    if exchange.status == 429:
        needed = ["Via", "Retry-After", "X-RateLimit-Scope"]
    elif (operation := _operation(exchange)) and exchange.status < 400:
        needed = list(operation["responses"].get(str(exchange.status), {}).get("headers", {}))
    for name in needed:
        if name not in exchange.answer_headers:
            yield f"has no {name}"


def _beyond_description(exchange: Exchange, body: Any) -> Iterator[str]:
    """Yield what only Discord's documentation forbids."""
    said = body.get("data") if exchange.template and exchange.template.endswith("/callback") else body
    if not isinstance(said, dict):
        return
    content = said.get("content")
    if isinstance(content, str) and len(content) > CONTENT_LONGEST:
        yield f"content has {len(content)} characters, more than {CONTENT_LONGEST}"
    posts = exchange.method == "POST" and exchange.template in {
        "/channels/{channel_id}/messages",
        "/webhooks/{webhook_id}/{webhook_token}",
    }
    answers = said is not body and body.get("type") == 4
    has_files = exchange.content_type.startswith("multipart/")
    if (posts or answers) and not has_files and not any(said.get(k) for k in SAYS_SOMETHING):
        yield "the message is empty"


def unknown_fields(schema: Schema, body: Any, at: str) -> list[str]:
    """Return the fields of ``body`` that the schema doesn't name; of several choices, by the best."""
    schema = _resolved(schema)
    choices = schema.get("oneOf") or schema.get("anyOf")
    if choices and isinstance(body, dict | list):
        fitting = [c for c in choices if _fits(c, body)] or choices
        return min((unknown_fields(c, body, at) for c in fitting), key=len)
    found: list[str] = []
    for part in schema.get("allOf", ()):
        found += unknown_fields(part, body, at)
    if isinstance(body, list) and "items" in schema:
        for index, item in enumerate(body):
            found += unknown_fields(schema["items"], item, f"{at}[{index}]")
    if isinstance(body, dict) and "properties" in schema:
        for name, value in body.items():
            if name in schema["properties"]:
                found += unknown_fields(schema["properties"][name], value, f"{at}.{name}")
            elif name not in DOCUMENTED_ONLY:
                found.append(f"{at}.{name}")
    return found


def normal(schema: Schema, body: Any) -> Any:
    """Return ``body`` with digits in the type that the schema wants: Discord takes either."""
    schema = _resolved(schema)
    choices = schema.get("oneOf") or schema.get("anyOf")
    if choices:
        fitting = [c for c in choices if _fits(c, body)]
        return normal(fitting[0], body) if fitting else body
    kinds = schema.get("type", [])
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if isinstance(body, list) and "items" in schema:
        return [normal(schema["items"], item) for item in body]
    if isinstance(body, dict) and "properties" in schema:
        return {k: normal(schema["properties"].get(k, {}), v) for k, v in body.items()}
    if isinstance(body, int) and not isinstance(body, bool) and schema.get("format") == "snowflake":
        return str(body)
    if isinstance(body, str) and "integer" in kinds and "string" not in kinds and DIGITS.fullmatch(body):
        return int(body)
    return body


def _fits(schema: Schema, body: Any) -> bool:
    """Say whether a choice is meant: by the type of the body, and by the constant in its ``type`` field."""
    schema = _resolved(schema)
    kinds = schema.get("type")
    if kinds == "null" or body is None:
        return (kinds == "null") == (body is None)
    if isinstance(body, dict):
        if "properties" not in schema:
            return kinds == "object" or "oneOf" in schema
        return all(k in body for k in schema.get("required", ())) and _same_constant(schema, body)
    if isinstance(body, list):
        return kinds == "array" or (isinstance(kinds, list) and "array" in kinds)
    return kinds not in {"object", "array"}


def _same_constant(schema: Schema, body: dict[str, Any]) -> bool:
    kind = _resolved(schema["properties"].get("type", {}))
    allowed = [c["const"] for c in kind.get("oneOf", ()) if "const" in c] + kind.get("enum", [])
    allowed += [kind["const"]] if "const" in kind else []
    return not allowed or body.get("type") in allowed or "type" not in body


def _numbered(answer: Any) -> Any:
    """Return an error with numbers for Discord's own inner codes, which are words: integer, it is said."""
    if isinstance(answer, dict) and isinstance(answer.get("errors"), dict):
        return answer | {"errors": _renumbered(answer["errors"])}
    return answer


def _renumbered(node: dict[str, Any]) -> dict[str, Any]:
    return {
        name: [e | {"code": 0} for e in below] if name == "_errors" else _renumbered(below)
        for name, below in node.items()
    }


def _resolved(schema: Schema) -> Schema:
    while "$ref" in schema:
        place: Any = description("discord").document
        for step in schema["$ref"].removeprefix("#/").split("/"):
            place = place[step]
        schema = place
    return schema


def _pointer(exchange: Exchange) -> Sequence[str]:
    return ["paths", exchange.template or "", exchange.method.lower()]


def _operation(exchange: Exchange) -> dict[str, Any] | None:
    path = description("discord").document["paths"].get(exchange.template or "", {})
    found: dict[str, Any] | None = path.get(exchange.method.lower())
    return found


def _parameters(operation: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = operation.get("parameters", [])
    return found


__all__ = ["answer_violations", "available", "normal", "request_violations", "unknown_fields"]
