"""The cluster's API server, for the few requests that a cluster makes of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botpod_local.cluster.http import JsonClient, client_context

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botpod_local.cluster.layout import Layout

FIELD_MANAGER = "botpod-local"
# Plurals and whether the kind is namespaced; these are all the kinds that a cluster applies to itself.
_RESOURCES = {
    "Namespace": ("namespaces", False),
    "Service": ("services", True),
    "EndpointSlice": ("endpointslices", True),
    "ClusterRole": ("clusterroles", False),
    "ClusterRoleBinding": ("clusterrolebindings", False),
    "RoleBinding": ("rolebindings", True),
    "APIService": ("apiservices", False),
    "StorageClass": ("storageclasses", False),
    "PersistentVolume": ("persistentvolumes", False),
}


def object_path(manifest: dict[str, Any]) -> str:
    """Return the request path of an object of one of the kinds above. Pure."""
    version = manifest["apiVersion"]
    plural, namespaced = _RESOURCES[manifest["kind"]]
    root = f"/apis/{version}" if "/" in version else f"/api/{version}"
    metadata = manifest["metadata"]
    space = f"/namespaces/{metadata['namespace']}" if namespaced else ""
    return f"{root}{space}/{plural}/{metadata['name']}"


class Api:
    """The API server as the client ``who`` (a name of ``credentials``) sees it."""

    def __init__(self, layout: Layout, who: str, *, timeout_s: float = 10) -> None:
        context = client_context(
            str(layout.certificate("ca")), str(layout.certificate(who)), str(layout.key(who))
        )
        self._http = JsonClient(layout.api_address, context=context, timeout_s=timeout_s)

    def ready(self) -> bool:
        """Tell whether the server serves; raises Unreachable or Refused when not."""
        return bool(self._http.request("GET", "/readyz") == "ok")

    def get(self, path: str) -> Any:
        """Return what stands at ``path``."""
        return self._http.request("GET", path)

    def delete(self, path: str) -> None:
        """Delete what stands at ``path``."""
        self._http.request("DELETE", path)

    def watch(self, path: str, *, seconds: int) -> Iterator[str]:
        """Yield a line for each change at ``path``, a list; the server ends it after ``seconds``."""
        # What is there already comes first, so that nothing falls between a list and its watch.
        query = f"?watch=1&timeoutSeconds={seconds}"
        return self._http.lines(path + query, timeout_s=seconds + 10)

    def apply(self, manifest: dict[str, Any]) -> Any:
        """Apply an object by server-side apply; return it as it is stored."""
        return self._http.request(
            "PATCH",
            f"{object_path(manifest)}?fieldManager={FIELD_MANAGER}&force=true",
            manifest,
            content_type="application/apply-patch+yaml",
        )
