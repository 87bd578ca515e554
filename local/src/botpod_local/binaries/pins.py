"""Which programs a cluster is made of, and what exactly is built. Pure but for reading ``pins/``."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

ROOT = Path(str(files("botpod_local.binaries"))) / "pins"
_SOURCES = ("go.mod", "go.sum", "main.go")


@dataclass(frozen=True, kw_only=True)
class Pin:
    """One Go module of ours in ``pins/<name>/`` whose go.mod and go.sum fix every source line.

    ``programs`` are the files that the build makes, ``package`` what ``go build`` is told to build
    (``tool`` means all that go.mod lists), ``guess_s`` what it took on two cores with nothing downloaded.
    """

    name: str
    programs: tuple[str, ...]
    package: str = "tool"
    tags: tuple[str, ...] = ()
    version_flags: str = ""
    guess_s: float = 60
    root: Path = field(default=ROOT, repr=False)

    @property
    def directory(self) -> Path:
        """Where the module's go.mod stands."""
        return self.root / self.name

    @property
    def arguments(self) -> tuple[str, ...]:
        """The arguments of ``go build`` that shape the result, without ``-o`` and the package."""
        flags = f"-s -w {self.version_flags.format(**self.kubernetes)}".strip()
        tags = ("-tags", ",".join(self.tags)) if self.tags else ()
        return (*tags, "-trimpath", "-ldflags", flags)

    @property
    def digest(self) -> str:
        """Twelve hexadecimal digits over everything that decides what the programs are."""
        digest = hashlib.sha256(repr((self.package, self.arguments, self.programs)).encode())
        for source in _SOURCES:
            path = self.directory / source
            digest.update(path.read_bytes() if path.exists() else b"-")
        return digest.hexdigest()[:12]

    @property
    def needs_go(self) -> tuple[int, ...]:
        """The oldest Go version that the module accepts."""
        found = re.search(r"^go ([\d.]+)$", self._text(), re.MULTILINE)
        return tuple(int(part) for part in found.group(1).split(".")) if found else ()

    @property
    def kubernetes(self) -> dict[str, str]:
        """Of the Kubernetes that the module takes: ``version``, ``major`` and ``minor``; empty for none."""
        found = re.search(r"k8s\.io/kubernetes (v(\d+)\.(\d+)\.\d+)", self._text())
        names = ("version", "major", "minor")
        return dict(zip(names, found.groups() if found else ("", "", ""), strict=True))

    def _text(self) -> str:
        return (self.directory / "go.mod").read_text(encoding="utf-8")


_VERSION = "k8s.io/component-base/version"

PINS = (
    Pin(name="pause", programs=("pause",), package=".", guess_s=5),
    Pin(
        name="kubernetes",
        programs=(
            "kube-apiserver",
            "kube-controller-manager",
            "kube-proxy",
            "kube-scheduler",
            "kubectl",
            "kubelet",
        ),
        version_flags=(
            f"-X {_VERSION}.gitVersion={{version}} "
            f"-X {_VERSION}.gitMajor={{major}} -X {_VERSION}.gitMinor={{minor}}"
        ),
        guess_s=270,
    ),
    Pin(name="etcd", programs=("etcd",), package="go.etcd.io/etcd/server/v3", guess_s=17),
    # `minimal` has kv v2 and the `jwt` auth method, which is all a bot asks of Vault.
    Pin(
        name="vault",
        programs=("vault",),
        package="github.com/hashicorp/vault",
        tags=("minimal",),
        guess_s=115,
    ),
    # The other auth method that a cluster's Vault may have, as a plug-in of the build above.
    Pin(name="vault-auth-kubernetes", programs=("vault-plugin-auth-kubernetes",), guess_s=60),
    Pin(name="coredns", programs=("coredns",), guess_s=115),
    Pin(name="metrics-server", programs=("metrics-server",), guess_s=60),
    Pin(name="helm", programs=("helm",), guess_s=68),
    Pin(name="kubeconform", programs=("kubeconform",), guess_s=5),
    # What Flux, Helm and Argo CD make of a BotInstance, by the libraries that they use.
    Pin(name="gitops-health", programs=("gitops-health",), package=".", guess_s=45),
    # Pods without containers, for measuring the operator with more of them than a machine can run.
    Pin(name="kwok", programs=("kwok",), guess_s=59),
)


def pin_of(program: str) -> Pin:
    """Return the pin that makes ``program``; KeyError for a program that none makes."""
    for pin in PINS:
        if program in pin.programs:
            return pin
    raise KeyError(program)
