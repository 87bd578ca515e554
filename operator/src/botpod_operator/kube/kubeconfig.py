"""How to reach the API server: KUBECONFIG if set, else the pod's ServiceAccount, else ~/.kube/config."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.request import getproxies_environment

from kubernetes.aio import config
from kubernetes.aio.client import Configuration as ClientConfiguration

from botpod_operator.errors import ConfigurationInvalid

__all__ = ["ClientConfiguration", "client_configuration", "in_cluster"]


def in_cluster() -> bool:
    """Return whether this process is a pod that shall use its ServiceAccount."""
    return not os.environ.get("KUBECONFIG") and bool(os.environ.get("KUBERNETES_SERVICE_HOST"))


async def client_configuration(*, connections: int) -> ClientConfiguration:
    """Return the client's configuration.

    Args:
        connections: the most connections it may open.

    Raises:
        ConfigurationInvalid: there is no cluster to reach.
    """
    configuration = ClientConfiguration()
    try:
        if in_cluster():
            # The vendor's code carries no types here.
            config.load_incluster_config(client_configuration=configuration)  # type: ignore[no-untyped-call]
        else:
            path = _path()
            await config.load_kube_config(config_file=path, client_configuration=configuration)  # type: ignore[no-untyped-call]
    except config.ConfigException as error:
        raise ConfigurationInvalid((f"no cluster to reach: set KUBECONFIG ({error})",)) from None
    configuration.connection_pool_maxsize = connections
    # Else each request looks into ~/.netrc and the environment anew, in two threads one after the other.
    configuration.client_session_kwargs = {"trust_env": bool(getproxies_environment())}
    return configuration


def _path() -> str:
    return os.environ.get("KUBECONFIG") or str(Path("~/.kube/config").expanduser())
