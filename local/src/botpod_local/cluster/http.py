"""A small JSON-over-HTTP client for the cluster's own servers: the API server and Vault."""

from __future__ import annotations

import http.client
import json
import ssl
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botpod_local.errors import LocalError, Refused, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

POLL_S = 0.05


class JsonClient:
    """Sends requests to ``address`` (scheme, host, port), one connection each."""

    def __init__(
        self,
        address: str,
        *,
        context: ssl.SSLContext | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = 10,
    ) -> None:
        self._address = address
        self._parts = urlsplit(address)
        self._context = context
        self._headers = dict(headers or {})
        self._timeout_s = timeout_s

    def request(
        self, method: str, path: str, body: object = None, *, content_type: str = "application/json"
    ) -> Any:
        """Return the decoded answer (its text where it is not JSON, None where it is empty).

        Raises Refused for a status of 400 and more, Unreachable where nobody answers.
        """
        connection = self._connection()
        headers = {"Accept": "application/json", "Content-Type": content_type, **self._headers}
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            text = response.read().decode("utf-8", errors="replace")
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(f"{self._address} does not answer: {error or type(error).__name__}.") from error
        finally:
            connection.close()
        decoded = _decoded(text)
        if response.status >= http.HTTPStatus.BAD_REQUEST:
            raise Refused(
                f"{method} {path.partition('?')[0]} of {self._address} was refused with {response.status}: "
                f"{_reason(decoded)}",
                status=response.status,
            )
        return decoded

    def lines(self, path: str, *, timeout_s: float) -> Iterator[str]:
        """Yield the lines of a long answer as they come, until the server ends it.

        Raises Refused and Unreachable as :meth:`request`; ``timeout_s`` is the longest silence.
        """
        connection = self._connection(timeout_s)
        try:
            connection.request("GET", path, headers={"Accept": "application/json", **self._headers})
            response = connection.getresponse()
            if response.status >= http.HTTPStatus.BAD_REQUEST:
                raise Refused(f"GET {path} was refused with {response.status}.", status=response.status)
            for line in response:
                yield line.decode("utf-8", errors="replace")
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(f"{self._address} does not answer: {error or type(error).__name__}.") from error
        finally:
            connection.close()

    def _connection(self, timeout_s: float | None = None) -> http.client.HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        timeout_s = timeout_s or self._timeout_s
        if self._parts.scheme == "https":
            return http.client.HTTPSConnection(host, port, timeout=timeout_s, context=self._context)
        return http.client.HTTPConnection(host, port, timeout=timeout_s)


def wait_for(
    what: str, probe: Callable[[], bool], *, timeout_s: float, check: Callable[[], None] = lambda: None
) -> None:
    """Call ``probe`` until it returns true; Unreachable and Refused count as "not yet", but for a 422.

    ``check`` may raise what makes waiting pointless. Raises Unreachable after ``timeout_s``, saying that
    ``what`` (e.g. "the API server to answer") did not happen and what came last.
    """
    deadline = time.monotonic() + timeout_s
    last = ""
    while True:
        try:
            if probe():
                return
        except (Unreachable, Refused) as error:
            if isinstance(error, Refused) and error.status == http.HTTPStatus.UNPROCESSABLE_ENTITY:
                raise
            last = f" ({error})"
        check()
        if time.monotonic() > deadline:
            raise Unreachable(f"waited {timeout_s:.0f} s in vain for {what}{last}.")
        time.sleep(POLL_S)


def ignore_status(status: int, call: Callable[[], object]) -> None:
    """Call, taking a refusal with ``status`` (it exists already, it is gone already) for success."""
    try:
        call()
    except Refused as error:
        if error.status != status:
            raise


def _decoded(text: str) -> Any:
    if not text:
        return None
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _reason(decoded: Any) -> str:
    if isinstance(decoded, dict):
        if "message" in decoded:
            return str(decoded["message"])
        if "errors" in decoded:
            return "; ".join(map(str, decoded["errors"])) or "no reason given"
    return str(decoded)[:200] if decoded else "no reason given"


def client_context(authority: str, certificate: str, key: str) -> ssl.SSLContext:
    """Return a TLS context that trusts ``authority`` alone and shows ``certificate`` (paths of PEM files)."""
    try:
        context = ssl.create_default_context(cafile=authority)
        context.load_cert_chain(certificate, key)
    except OSError as error:
        raise LocalError(f"can't use the certificates beside {certificate}: {error}.") from error
    return context
