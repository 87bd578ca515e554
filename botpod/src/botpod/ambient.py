"""Takes out of the process's environment what libraries read by themselves, unasked.

An SDK takes headers, keys and levels from there, an HTTP client proxies: settings that no file of ours names,
and that could lead a credential elsewhere. What the one-host form reads it has read before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import MutableMapping

_PREFIXES = ("OPENAI_", "ANTHROPIC_", "AZURE_", "OTEL_", "LOGFIRE_", "PYDANTIC_AI_", "AIOHTTP_")
_NAMES = frozenset({"NETRC", "SSLKEYLOGFILE"})
_PROXY = "_PROXY"


def forget(environ: MutableMapping[str, str]) -> None:
    """Remove them; proxies in lower case too, as libraries read them."""
    for name in tuple(environ):
        upper = name.upper()
        if upper.startswith(_PREFIXES) or upper.endswith(_PROXY) or upper in _NAMES:
            del environ[name]
