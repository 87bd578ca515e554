"""The API server over ``kubernetes.aio``: a few calls on plain dicts, each with a time-out.

The client's exceptions stay in here; callers see those of ``errors``.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlencode

import aiohttp
from kubernetes.aio.client import ApiClient, ApiException

from botpod_credentials.values import Hidden
from botpod_operator.errors import Conflict, Forbidden, NotFound, Rejected, Transient
from botpod_operator.identity import MANAGED_BY, MANAGER
from botpod_operator.kube.resources import SECRET, SERVICE_ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod_operator.kube.kubeconfig import ClientConfiguration
    from botpod_operator.kube.resources import Resource
    from botpod_operator.metrics.api import ApiMetrics

TIMEOUT_SECONDS = 10.0
_APPLY = "application/apply-patch+yaml"
_METADATA_ONLY = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
_TABLE = "application/json;as=Table;g=meta.k8s.io;v=v1"
_METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
PAGE = 500
"""Objects in one answer to a list."""
_LATER = frozenset({401, 408, 410, 429, 500, 502, 503, 504})
_NO_VERSION = "1"
"""No object has this resourceVersion: etcd's first write makes the second one."""
_NO_SUCH_FIELD = "failed to create typed patch object"
"""How the API server refuses an apply with a field of no kind it knows: with a 500, though it is for good."""


class Kube:
    """A connection to one API server; close it when done."""

    def __init__(
        self,
        configuration: ClientConfiguration,
        *,
        user_agent: str,
        metrics: ApiMetrics,
        permit: Callable[[], None] = lambda: None,
    ) -> None:
        self._client = ApiClient(configuration)
        self._client.user_agent = user_agent
        self._metrics = metrics
        # Called before each request; what it raises is the caller's.
        self._permit = permit

    async def close(self) -> None:
        """Close its connections."""
        await self._client.close()  # type: ignore[no-untyped-call]

    async def get(
        self, resource: Resource, *, name: str, namespace: str | None = None, metadata_only: bool = False
    ) -> dict[str, Any] | None:
        """Return an object, or with ``metadata_only`` its metadata; None where there is none."""
        try:
            return await self._call(
                "GET",
                resource.path(namespace=namespace, name=name),
                accept=_METADATA_ONLY if metadata_only else "application/json",
            )
        except NotFound:
            return None

    async def apply(
        self,
        resource: Resource,
        manifest: dict[str, Any],
        *,
        sub: str | None = None,
        strict: bool = False,
        manager: str = MANAGER,
    ) -> dict[str, Any]:
        """Apply server-side, taking over the fields in ``manifest``; return the object as it is now.

        With ``strict`` an unknown field is refused instead of dropped.
        """
        metadata = manifest["metadata"]
        return await self._call(
            "PATCH",
            resource.path(namespace=metadata.get("namespace"), name=metadata["name"], sub=sub),
            query={
                "fieldManager": manager,
                "force": "true",
                **({"fieldValidation": "Strict"} if strict else {}),
            },
            body=manifest,
            content_type=_APPLY,
        )

    async def make(self, resource: Resource, manifest: dict[str, Any]) -> dict[str, Any]:
        """Apply what isn't there yet; an object of that name is left as it is, whoever's it is.

        An apply that names a version changes an object in that version only, and none has this one. Where
        there is no object it makes one, as any other apply does.

        Raises:
            Conflict: there is one.
        """
        metadata = {**manifest["metadata"], "resourceVersion": _NO_VERSION}
        return await self.apply(resource, {**manifest, "metadata": metadata})

    async def others(self, resource: Resource, *, namespace: str) -> frozenset[str]:
        """Return the names of the objects without our label, as the API server's cache knows them."""
        ours = ",".join(f"{key}!={value}" for key, value in MANAGED_BY.items())
        query = {"labelSelector": ours, "resourceVersion": "0", "includeObject": "None"}
        answer = await self._call("GET", resource.path(namespace=namespace), query=query, accept=_TABLE)
        column = [each["format"] for each in answer["columnDefinitions"]].index("name")
        return frozenset(row["cells"][column] for row in answer["rows"] or ())

    async def list(
        self, resource: Resource, *, namespace: str, labels: dict[str, str], fields: dict[str, str]
    ) -> list[dict[str, Any]]:
        """Return what a namespace has with these labels and fields, as the API server's cache knows it."""
        answer = await self._call(
            "GET",
            resource.path(namespace=namespace),
            query={
                "labelSelector": ",".join(f"{key}={value}" for key, value in labels.items()),
                "fieldSelector": ",".join(f"{key}={value}" for key, value in fields.items()),
                "resourceVersion": "0",
            },
        )
        found: list[dict[str, Any]] = answer["items"]
        return found

    async def uids(
        self, resource: Resource, *, namespace: str | None, labels: dict[str, str]
    ) -> frozenset[str]:
        """Return the uids of all objects there are now with these labels, in all namespaces for None."""
        found: set[str] = set()
        query = {"limit": str(PAGE), "labelSelector": ",".join(f"{k}={v}" for k, v in labels.items())}
        while True:
            path = resource.path(namespace=namespace)
            answer = await self._call("GET", path, query=query, accept=_METADATA_LIST)
            # The API server writes null where nothing is in such a list.
            found.update(item["metadata"]["uid"] for item in answer["items"] or ())
            query["continue"] = answer["metadata"].get("continue") or ""
            if not query["continue"]:
                return frozenset(found)

    async def merge(self, resource: Resource, *, namespace: str, name: str, change: dict[str, Any]) -> None:
        """Change single fields of an object that somebody else owns."""
        await self._call(
            "PATCH",
            resource.path(namespace=namespace, name=name),
            query={"fieldManager": MANAGER},
            body=change,
            content_type="application/merge-patch+json",
        )

    async def delete(self, resource: Resource, *, namespace: str, name: str, uid: str) -> None:
        """Delete exactly this object; one that is gone is left alone.

        Raises:
            Transient: it was made anew or is being changed, so that what is known of it is too old.
        """
        body = {"preconditions": {"uid": uid}, "propagationPolicy": "Background"}
        try:
            await self._call("DELETE", resource.path(namespace=namespace, name=name), body=body)
        except NotFound:
            return
        except Conflict as error:
            raise Transient(str(error)) from None

    async def create(self, resource: Resource, manifest: dict[str, Any]) -> dict[str, Any]:
        """Create an object."""
        path = resource.path(namespace=manifest["metadata"].get("namespace"))
        return await self._call("POST", path, query={"fieldManager": MANAGER}, body=manifest)

    async def replace(self, resource: Resource, manifest: dict[str, Any]) -> dict[str, Any]:
        """Replace an object where it still has this ``resourceVersion``; Conflict otherwise."""
        metadata = manifest["metadata"]
        path = resource.path(namespace=metadata.get("namespace"), name=metadata["name"])
        return await self._call("PUT", path, query={"fieldManager": MANAGER}, body=manifest)

    async def serves(self, resource: Resource) -> bool:
        """Return whether the API server serves this kind; a CRD is served some time after it is applied."""
        try:
            found = await self._call("GET", resource.path().rpartition("/")[0])
        except NotFound:
            return False
        return any(kind["name"] == resource.plural for kind in found["resources"])

    async def secret(self, *, namespace: str, name: str) -> dict[str, Any] | None:
        """Return a Secret, or None where there is none."""
        return await self.get(SECRET, namespace=namespace, name=name)

    async def secret_metadata(self, *, namespace: str, name: str) -> dict[str, Any] | None:
        """Return a Secret's metadata without any value, or None."""
        return await self.get(SECRET, namespace=namespace, name=name, metadata_only=True)

    async def service_account_token(
        self, *, namespace: str, name: str, audience: str, seconds: int
    ) -> Hidden:
        """Return a token of a ServiceAccount for one audience."""
        answer = await self._call(
            "POST",
            SERVICE_ACCOUNT.path(namespace=namespace, name=name, sub="token"),
            body={
                "apiVersion": "authentication.k8s.io/v1",
                "kind": "TokenRequest",
                "spec": {"audiences": [audience], "expirationSeconds": seconds},
            },
        )
        return Hidden(answer["status"]["token"])

    async def _call(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, str] | None = None,
        body: dict[str, Any] | None = None,
        content_type: str = "application/json",
        accept: str = "application/json",
    ) -> dict[str, Any]:
        headers = {
            "Accept": accept,
            "Content-Type": content_type,
            "User-Agent": self._client.user_agent,
        }
        self._permit()
        url = f"{self._client.configuration.host}{path}" + (f"?{urlencode(query)}" if query else "")
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                await self._client.update_params_for_auth(headers, [], ["BearerToken"], path, method, body)
                answer = await self._client.call_api(
                    method, url, headers, body, _request_timeout=TIMEOUT_SECONDS
                )
                content = await answer.read()  # type: ignore[no-untyped-call]
        except (aiohttp.ClientError, TimeoutError, OSError, ApiException) as error:
            self._metrics.called(method, "error")
            raise Transient(
                f"the API server did not answer {method} {path} ({type(error).__name__})"
            ) from None
        self._metrics.called(method, str(answer.status))
        if answer.status >= 400:  # noqa: PLR2004 - where HTTP's errors begin
            _refuse(answer.status, content, answer.headers.get("Retry-After"), f"{method} {path}")
        parsed: dict[str, Any] = json.loads(content)
        return parsed


def _refuse(status: int, content: bytes, retry_after: str | None, request: str) -> NoReturn:
    """Raise what the answer means. The API server's messages quote no values of Secrets."""
    try:
        message = json.loads(content)["message"]
    except (ValueError, KeyError, TypeError):
        message = f"{request} was answered with {status}"
    if status in _LATER and not message.startswith(_NO_SUCH_FIELD):
        seconds = float(retry_after) if retry_after and retry_after.isdecimal() else None
        raise Transient(message, retry_after=seconds)
    match status:
        case 404:
            raise NotFound(message)
        case 403:
            raise Forbidden(message)
        case 409:
            raise Conflict(message)
    raise Rejected(message)
