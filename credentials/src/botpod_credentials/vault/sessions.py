"""HTTP sessions that trust exactly one private CA, without a file, and are kept for the next request."""

from __future__ import annotations

import ssl
import threading
from collections import OrderedDict
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry
from urllib3.exceptions import ProtocolError

MOST = 16
"""Sessions kept per thread; there are as many as BotClasses have different CAs."""


class _OnceMore(Retry):
    """Asks once more where a kept connection turned out to be closed, never after a time-out."""

    def _is_read_error(self, err: Exception) -> bool:
        return isinstance(err, ProtocolError)


class _Pinned(HTTPAdapter):
    """Verifies servers against its own context only."""

    def __init__(self, context: ssl.SSLContext, *, max_retries: Retry) -> None:
        self._context = context
        super().__init__(max_retries=max_retries)

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        return host, {**pool, "ssl_context": self._context, "cert_reqs": "CERT_REQUIRED"}

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Leave it to the context: requests would add the public CAs."""


class Sessions:
    """One session per thread and CA: a context and a handshake for each request cost five times the rest."""

    def __init__(self) -> None:
        self._kept = threading.local()

    def of(self, ca_bundle: str | None) -> requests.Session:
        """Return the thread's session that trusts ``ca_bundle`` (PEM), without one the system's CAs.

        Raises:
            ssl.SSLError: the bundle isn't PEM.
        """
        kept: OrderedDict[str | None, requests.Session] = self._kept.__dict__.setdefault(
            "sessions", OrderedDict()
        )
        if ca_bundle not in kept:
            kept[ca_bundle] = _session(ca_bundle)
        kept.move_to_end(ca_bundle)
        while len(kept) > MOST:
            kept.popitem(last=False)[1].close()
        return kept[ca_bundle]


def _session(ca_bundle: str | None) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    retries = _OnceMore(total=1, redirect=0, status=0, other=0, allowed_methods=None)
    adapter = HTTPAdapter(max_retries=retries)
    if ca_bundle is not None:
        context = ssl.create_default_context(cadata=ca_bundle)
        # Many private CAs lack a key usage or key identifier; the chain is verified all the same.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        adapter = _Pinned(context, max_retries=retries)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session
