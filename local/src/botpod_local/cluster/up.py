"""Bring a cluster up. Each step looks whether it is done already, so an interrupted one is taken up again."""

from __future__ import annotations

import base64
import platform
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from botpod_local.binaries import binary
from botpod_local.cache import require_disk
from botpod_local.cluster import egress
from botpod_local.cluster.api import Api
from botpod_local.cluster.cgroups import remove_cgroups
from botpod_local.cluster.credentials import ADMIN, ensure_credentials
from botpod_local.cluster.http import wait_for
from botpod_local.cluster.images import ARCHITECTURES, image_archive, image_digests, import_archive
from botpod_local.cluster.manifests import manifests
from botpod_local.cluster.namespaces import start_init
from botpod_local.cluster.network import ensure_network, joined, require_free
from botpod_local.cluster.services import Programs, needing_api, services, standing_alone
from botpod_local.cluster.services.node import PAUSE_IMAGE
from botpod_local.cluster.state import State, write_state
from botpod_local.cluster.supervision import Supervisor
from botpod_local.cluster.vault import ensure_configured, ensure_unsealed
from botpod_local.errors import LocalError
from botpod_local.estimate import Step

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from botpod_local.cluster.layout import Layout
    from botpod_local.progress import Progress

DISK_MIB = 1500
WAIT_S = 90
CGROUP_TIMEOUT_S = 5
# Of each pin one, so that a build tells its name before the cluster's own step begins.
PROGRAMS = ("pause", "kubectl", "etcd", "vault", "coredns", "metrics-server")


def start_step(name: str, *, again: bool) -> Step:
    """Return the start of a cluster as a step; a new one and a repaired one take different times."""
    key, guess_s = ("cluster-mend", 3) if again else ("cluster-start", 10)
    return Step(what=f"starting cluster {name}", key=key, guess_s=guess_s)


def bring_up(state: State, progress: Progress) -> State:
    """Start what does not run and wait until a pod could run; return the state that was reached."""
    layout = state.layout

    def programs(name: str) -> Path:
        return binary(name, cache=layout.cache, progress=progress)

    supervisor = Supervisor(layout)
    if state.complete and _runs(layout, supervisor, programs):
        return state
    for name in PROGRAMS:
        programs(name)
    require_disk(layout.cache, DISK_MIB, f"cluster {layout.name}")
    step = start_step(layout.name, again=supervisor.begun())
    with progress.step(step.what, key=step.key, guess_s=step.guess_s):
        _start(layout, supervisor, programs)
    reached = replace(state, complete=True)
    write_state(reached)
    return reached


def _runs(layout: Layout, supervisor: Supervisor, programs: Programs) -> bool:
    try:
        supervisor.init()
        everything = services(layout, programs)
        api = Api(layout, ADMIN)
        return (
            all(supervisor.up_to_date(service) for service in everything)
            and joined(layout)
            and api.ready()
            and node_ready(api, layout)
            and ensure_unsealed(layout)
        )
    except LocalError:
        return False


def _start(layout: Layout, supervisor: Supervisor, programs: Programs) -> None:
    ensure_credentials(layout)
    _forget_unopenable_vault(layout, supervisor)
    if not supervisor.begun():
        require_free(layout)
        # Pods that died with the former first process leave empty ones, at each of which kubelet waits 3 s.
        remove_cgroups(layout.cgroup, timeout_s=CGROUP_TIMEOUT_S)
    supervisor.ensure_init(lambda keep: start_init(layout, programs("pause"), keep))
    init = supervisor.init()
    ensure_network(layout, init)
    egress.ensure(layout, init)
    supervisor.ensure_running(standing_alone(layout, programs))
    _ensure_pause_image(layout, supervisor, programs)
    api = Api(layout, ADMIN)
    _wait("the API server to answer", api.ready, supervisor)
    _apply_manifests(layout, api, supervisor)
    supervisor.ensure_running(needing_api(layout, programs))
    _wait("Vault to be unsealed", lambda: ensure_unsealed(layout), supervisor)
    _wait("Vault to be configured", lambda: _configured(layout), supervisor)
    _wait("the node to be ready", lambda: node_ready(api, layout), supervisor)
    everything = services(layout, programs)
    _wait("every process to listen", lambda: supervisor.listening(everything), supervisor)
    _wait("the service account `default`", lambda: _has_account(api), supervisor)


def node_ready(api: Api, layout: Layout) -> bool:
    """Tell whether the node can take pods."""
    node: dict[str, Any] = api.get(f"/api/v1/nodes/{layout.node}")
    conditions = {each["type"]: each["status"] for each in node["status"].get("conditions", [])}
    return conditions.get("Ready") == "True"


def _wait(what: str, probe: Callable[[], bool], supervisor: Supervisor) -> None:
    wait_for(what, probe, timeout_s=WAIT_S, check=supervisor.revive)


def _apply_manifests(layout: Layout, api: Api, supervisor: Supervisor) -> None:
    authority = base64.b64encode(layout.certificate("ca").read_bytes()).decode()

    def applied() -> bool:
        for manifest in manifests(layout, authority):
            api.apply(manifest)
        return True

    # A server that just became ready may still refuse for a moment, e.g. what it admits by quota.
    _wait("the API server to take the first objects", applied, supervisor)


def _has_account(api: Api) -> bool:
    return bool(api.get("/api/v1/namespaces/default/serviceaccounts/default"))


def _configured(layout: Layout) -> bool:
    ensure_configured(layout)
    return True


def _ensure_pause_image(layout: Layout, supervisor: Supervisor, programs: Programs) -> None:
    init = supervisor.init()

    def imported() -> bool:
        if PAUSE_IMAGE in image_digests(init):
            return True
        path = layout.etc / "pause.tar"
        architecture = ARCHITECTURES.get(platform.machine(), platform.machine())
        program = programs("pause").read_bytes()
        path.write_bytes(image_archive(PAUSE_IMAGE, program, path="pause", architecture=architecture))
        return bool(import_archive(init, path))

    _wait("containerd to take the pause image", imported, supervisor)


def _forget_unopenable_vault(layout: Layout, supervisor: Supervisor) -> None:
    # Killed between Vault's initialisation and the writing of its key: nobody can open that storage again.
    if not (layout.state / "vault.json").exists():
        supervisor.end("vault")
        shutil.rmtree(layout.vault_storage, ignore_errors=True)
    layout.vault_storage.mkdir(parents=True, exist_ok=True, mode=0o700)
