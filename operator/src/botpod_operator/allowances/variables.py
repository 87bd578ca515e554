"""Environment variables that decide what the bot's process trusts, loads or connects to. Pure."""

from __future__ import annotations

from botpod_operator.allowances.patterns import named

NEVER = (
    # Where connections go, and whom they trust.
    "*_PROXY",
    "SSL_*",
    "SSLKEYLOGFILE",
    "OPENSSL_*",
    "REQUESTS_CA_BUNDLE",
    "CURL_*",
    "NETRC",
    "HOSTALIASES",
    "LOCALDOMAIN",
    "RES_OPTIONS",
    # What Python and the loader read before the bot's first line.
    "PYTHON*",
    "LD_*",
    "GLIBC_*",
    "GCONV_PATH",
    "LOCPATH",
    "NLSPATH",
    "MALLOC_*",
    "PATH",
    "HOME",
    "XDG_*",
    "ENV",
    "BASH_ENV",
    # What the bot's libraries take addresses, keys and plug-ins from.
    "ANTHROPIC_*",
    "AZURE_*",
    "BOTPOD_*",
    "GIT_*",
    "OPENAI_*",
    "OTEL_*",
    "PG*",
    "PYDANTIC_*",
    "SQLALCHEMY_*",
    "UVLOOP_*",
)
"""Names that no class can allow, in whatever case: some of them are read in small letters, too."""


def is_never_allowed(name: str) -> bool:
    """Return whether a variable would change whom the bot's process trusts, or what it loads."""
    upper = name.upper()
    return any(
        upper.endswith(pattern[1:]) if pattern.startswith("*") else named(upper, (pattern,))
        for pattern in NEVER
    )
