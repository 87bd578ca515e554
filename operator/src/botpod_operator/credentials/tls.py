"""HTTP sessions that trust exactly one private CA, without a file."""

from __future__ import annotations

import ssl
from typing import Any

import requests
from requests.adapters import HTTPAdapter


class _Pinned(HTTPAdapter):
    """Verifies servers against its own context only."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__()

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        return host, {**pool, "ssl_context": self._context, "cert_reqs": "CERT_REQUIRED"}

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Leave it to the context: requests would add the public CAs."""


def session_for(ca_bundle: str | None) -> requests.Session:
    """Return a session that trusts ``ca_bundle`` (PEM), or the system's CAs without one.

    Raises:
        ssl.SSLError: the bundle isn't PEM.
    """
    session = requests.Session()
    session.trust_env = False
    if ca_bundle is not None:
        context = ssl.create_default_context(cadata=ca_bundle)
        # Many private CAs lack a key usage or key identifier; the chain is verified all the same.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        session.mount("https://", _Pinned(context))
    return session
