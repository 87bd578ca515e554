"""Image archives: making the one of a pod's pause container, and importing any into the cluster."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from typing import TYPE_CHECKING

from botpod_local.cluster.namespaces import entering
from botpod_local.cluster.services.node import CONTAINERD_SOCKET
from botpod_local.errors import LocalError, Unreachable
from botpod_local.execute import Failed, execute

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from botpod_local.cluster.processes import Record

IMPORT_TIMEOUT_S = 300
LIST_TIMEOUT_S = 20
# What Go and OCI call a machine that the kernel calls otherwise.
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
_EXECUTABLE = 0o755


def image_archive(name: str, program: bytes, *, path: str, architecture: str) -> bytes:
    """Return a docker-archive of an image that holds one static program at ``/<path>`` and runs it."""
    layer = _tar({path: program}, mode=_EXECUTABLE)
    config = json.dumps(
        {
            "architecture": architecture,
            "os": "linux",
            "config": {"Entrypoint": [f"/{path}"], "User": "65532:65532"},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]},
        }
    ).encode()
    manifest = [{"Config": "config.json", "RepoTags": [name], "Layers": ["layer.tar"]}]
    return _tar(
        {"config.json": config, "layer.tar": layer, "manifest.json": json.dumps(manifest).encode()},
        mode=0o644,
    )


def _tar(files: Mapping[str, bytes], *, mode: int) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            member.mode = mode
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def import_archive(init: Record, archive: Path) -> tuple[str, ...]:
    """Import an image archive (docker or OCI) into the cluster's containerd; return the images' names.

    Each image has a second name, by its digest: no later import under the same tag changes what that one is.
    """
    if not archive.is_file():
        raise LocalError(
            f"there is no image archive {archive}: save one with `buildah push` or `docker save`."
        )
    # By standard input: the cluster may see other files at the archive's path.
    with archive.open("rb") as stream:
        try:
            printed = execute(*_ctr(init), "images", "import", "-", timeout_s=IMPORT_TIMEOUT_S, source=stream)
        except Failed as error:
            reason = error.output.splitlines()[-1] if error.output else "ctr said nothing"
            raise LocalError(f"{archive} can't be imported: {reason}") from error
    names = tuple(line.split()[1] for line in printed.splitlines() if line.startswith("unpacking "))
    digests = image_digests(init)
    for name in names:
        tag_image(init, name, f"{_repository(name)}@{digests[name]}")
    return names


def image_digests(init: Record) -> dict[str, str]:
    """Return the digest of each image that the cluster has, by its name.

    Raises Unreachable: containerd does not answer.
    """
    try:
        listed = execute(*_ctr(init), "images", "list", timeout_s=LIST_TIMEOUT_S)
    except Failed as error:
        raise Unreachable(f"containerd does not answer: {error.output}") from error
    # REF, TYPE, DIGEST and more, below a heading.
    rows = (line.split() for line in listed.splitlines()[1:])
    return {row[0]: row[2] for row in rows}


def pinned(name: str, digests: Mapping[str, str]) -> str | None:
    """Return ``name`` as ``NAME:TAG@sha256:…``; None where the cluster lacks it under either name."""
    digest = digests.get(name)
    return f"{name}@{digest}" if digest and f"{_repository(name)}@{digest}" in digests else None


def tag_image(init: Record, name: str, also: str) -> None:
    """Give an image one more name, whatever had that before."""
    execute(*_ctr(init), "images", "tag", "--force", name, also, timeout_s=LIST_TIMEOUT_S)


def _repository(name: str) -> str:
    path, slash, last = name.rpartition("/")
    return f"{path}{slash}{last.partition(':')[0]}"


def _ctr(init: Record) -> tuple[str, ...]:
    return (*entering(init), "ctr", "--address", CONTAINERD_SOCKET, "--namespace", "k8s.io")
