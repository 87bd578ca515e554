"""A cluster by its name: what tests, the demo and the command line hold in their hands."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

from botpod_local.binaries import binary
from botpod_local.binaries.debian import ensure_packages, package_groups
from botpod_local.cache import cache_directory
from botpod_local.cluster import companions
from botpod_local.cluster.down import bring_down
from botpod_local.cluster.egress import host_resolvers
from botpod_local.cluster.host import require_host
from botpod_local.cluster.images import image_digests, import_archive, pinned, tag_image
from botpod_local.cluster.layout import Layout, check_name, clusters_directory
from botpod_local.cluster.services import SERVICE_NAMES
from botpod_local.cluster.state import State, claim_subnets, cluster_lock, read_state, write_state
from botpod_local.cluster.supervision import Running, Supervisor
from botpod_local.cluster.up import bring_up
from botpod_local.cluster.vault import Vault, root_token
from botpod_local.errors import LocalError
from botpod_local.estimate import Step
from botpod_local.execute import Failed, execute
from botpod_local.progress import Progress, default_progress

if TYPE_CHECKING:
    from pathlib import Path

KUBECTL_TIMEOUT_S = 120


def load_step(name: str) -> Step:
    """Return the loading of an image as a step; ``name`` is the same for all its versions."""
    return Step(what=f"loading the {name} image", key=f"load-{name}", guess_s=4)


class Cluster:
    """The local cluster ``name``. Every method raises LocalError with one sentence for people."""

    def __init__(self, name: str, *, cache: Path | None = None, progress: Progress | None = None) -> None:
        self.name = check_name(name)
        self._cache = cache or cache_directory()
        self._progress = progress or default_progress()

    @property
    def exists(self) -> bool:
        """Whether anything of it is there."""
        return read_state(self._cache, self.name) is not None

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""
        return self.layout.kubeconfig

    @property
    def host_address(self) -> str:
        """The host as pods see it: what listens there (or on 0.0.0.0) can be reached from a pod."""
        return self.layout.host_address

    @property
    def node_address(self) -> str:
        """The node as the host and pods see it: the API server, Vault and NodePorts are there."""
        return self.layout.node_address

    @property
    def vault_address(self) -> str:
        """Vault's URL, the same for the host and for pods."""
        return self.layout.vault_address

    @property
    def vault_tls_address(self) -> str:
        """Vault's URL with TLS; :attr:`authority` vouches for it."""
        return self.layout.vault_tls_address

    @property
    def authority(self) -> str:
        """The cluster's certificate authority, in PEM."""
        return self.layout.certificate("ca").read_text(encoding="utf-8")

    @property
    def vault_root_token(self) -> str:
        """Vault's root token."""
        return root_token(self.layout)

    @property
    def vault(self) -> Vault:
        """Vault as its root sees it."""
        return Vault(self.vault_address, self.vault_root_token)

    def up(self, *, egress: bool = False) -> None:
        """Make it run; does nothing where it runs. ``egress`` lets pods reach what the host reaches."""
        require_host(f"botpod-local up --name {self.name}")
        ensure_packages(package_groups()["cluster"], self._progress)
        with cluster_lock(self._cache, self.name, self._progress):
            state = read_state(self._cache, self.name) or claim_subnets(self._cache, self.name)
            state = self._with_egress(state) if egress else state
            bring_up(state, self._progress)

    def down(self) -> bool:
        """End it and remove all of it; return whether there was anything."""
        directory = clusters_directory(self._cache) / self.name
        if not directory.exists():
            return False
        require_host(f"botpod-local down --name {self.name}")
        with cluster_lock(self._cache, self.name, self._progress):
            state = read_state(self._cache, self.name)
            if state is None:
                shutil.rmtree(directory, ignore_errors=True)
            else:
                with self._progress.step(f"ending cluster {self.name}", key="cluster-end", guess_s=3):
                    bring_down(state.layout)
        return True

    def end(self, process: str) -> None:
        """End one of its processes, for those who want to see what happens; :meth:`up` starts it again."""
        if process not in SERVICE_NAMES:
            raise LocalError(f"a cluster has no process {process}: it has {', '.join(SERVICE_NAMES)}.")
        Supervisor(self.layout).end(process)

    def status(self) -> tuple[Running, ...]:
        """Return the state of each of its processes, and of those on the host that end with it."""
        layout = self.layout
        beside = (
            Running(name, record.pid, record.alive(), layout.log(name), command="demo")
            for name, record in companions.running(layout)
        )
        return (*Supervisor(layout).running(SERVICE_NAMES), *beside)

    def load(self, archive: Path) -> tuple[str, ...]:
        """Import an image archive (docker or OCI); return the names of its images."""
        init = Supervisor(self.layout).init()
        step = load_step(archive.stem.rpartition("-")[0] or archive.stem)
        with self._progress.step(step.what, key=step.key, guess_s=step.guess_s):
            return import_archive(init, archive)

    def pinned_image(self, name: str) -> str | None:
        """Return the image ``name`` as ``NAME:TAG@sha256:…``; None where the cluster lacks it."""
        return pinned(name, image_digests(Supervisor(self.layout).init()))

    def tag_image(self, name: str, also: str) -> None:
        """Give an image one more name, whatever had that before."""
        tag_image(Supervisor(self.layout).init(), name, also)

    def kubectl(self, *arguments: str, stdin: str | None = None, timeout_s: float = KUBECTL_TIMEOUT_S) -> str:
        """Run kubectl as the administrator; return what it prints. LocalError with what it complains of."""
        program = binary("kubectl", cache=self._cache, progress=self._progress)
        # kubectl keeps what it discovered; by default below the home directory, for ever.
        own = (f"--kubeconfig={self.kubeconfig}", f"--cache-dir={self.layout.state / 'kubectl'}")
        try:
            return execute(program, *own, *arguments, stdin=stdin, timeout_s=timeout_s)
        except Failed as error:
            raise LocalError(f"kubectl {' '.join(arguments)}: {error.output}") from error

    @property
    def layout(self) -> Layout:
        """Where everything of it is."""
        state = read_state(self._cache, self.name)
        if state is None:
            raise LocalError(
                f"there is no cluster {self.name}: `botpod-local up --name {self.name}` makes it."
            )
        return state.layout

    def _with_egress(self, state: State) -> State:
        opened = replace(state, layout=replace(state.layout, resolvers=host_resolvers()))
        write_state(opened)
        return opened
