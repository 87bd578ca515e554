"""Reading a request's body: JSON, or multipart with ``payload_json`` and ``files[n]``."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from aiohttp import BodyPartReader, hdrs, web

from botpod_local.discord.errors import Fault, Refusal
from botpod_local.discord.forms.messages import Upload

if TYPE_CHECKING:
    from collections.abc import Mapping

_FILE = re.compile(r"^files?\[(\d+)\]$")
_NOT_JSON = {
    "_errors": [
        {
            "code": "CONTENT_TYPE_INVALID",
            "message": "Expected \"Content-Type\" header to be one of {'application/json'}.",
        }
    ]
}


async def read_body(request: web.Request, largest: int) -> tuple[Any, Mapping[int, Upload]]:
    """Return the JSON of a body and its files; ``(None, {})`` without a body.

    Args:
        request: whose.
        largest: bytes that the body may have.

    Raises:
        Refusal: too large, not JSON, or of no known type.
    """
    if (request.content_length or 0) > largest:
        raise Refusal(Fault.TOO_LARGE)
    if request.content_type == "multipart/form-data":
        return await _multipart(request, largest)
    raw = await request.read()
    if not raw:
        return None, {}
    if request.content_type != "application/json":
        raise Refusal(Fault.INVALID_FORM, _NOT_JSON)
    return _json(raw), {}


def _json(raw: bytes | str) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        raise Refusal(Fault.INVALID_JSON) from None


async def _multipart(request: web.Request, largest: int) -> tuple[Any, Mapping[int, Upload]]:
    body: Any = None
    fields: dict[str, str] = {}
    files: dict[int, Upload] = {}
    left = largest
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            raise Refusal(Fault.INVALID_FORM)
        content = bytes(await part.read(decode=True))
        left -= len(content)
        if left < 0:
            raise Refusal(Fault.TOO_LARGE)
        name = part.name or ""
        if name == "payload_json":
            body = _json(content)
        elif part.filename is not None:
            numbered = _FILE.match(name)
            number = int(numbered[1]) if numbered else len(files)
            content_type = part.headers.get(hdrs.CONTENT_TYPE, "application/octet-stream")
            files[number] = Upload(filename=part.filename, content=content, content_type=content_type)
        else:
            fields[name] = content.decode(errors="replace")
    return (fields if body is None else body), files
