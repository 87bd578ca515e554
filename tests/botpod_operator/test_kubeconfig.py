"""How the operator reaches the API server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from apiserver import write_kubeconfig
from pki import server_files

from botpod_operator.kube.kubeconfig import client_configuration

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("variable", "asked"), [({}, False), ({"HTTPS_PROXY": "http://proxy:3128"}, True)])
async def test_the_environment_is_asked_only_where_it_names_a_proxy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: dict[str, str], *, asked: bool
) -> None:
    """Asking costs two threads' time for each request."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name, value in variable.items():
        monkeypatch.setenv(name, value)
    ca = server_files(tmp_path).ca
    file = write_kubeconfig(tmp_path / "kubeconfig", url="https://127.0.0.1:6443", ca=ca, token="any")
    monkeypatch.setenv("KUBECONFIG", str(file))

    configuration = await client_configuration(connections=1)

    assert configuration.client_session_kwargs == {"trust_env": asked}
