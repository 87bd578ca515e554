"""Which volumes are to be made and which to be deleted: the pure half of the storage provisioner."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botpod_local.cluster.manifests import PROVISIONER_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_ASKED = "volume.kubernetes.io/storage-provisioner"
_MADE = "pv.kubernetes.io/provisioned-by"
_HOSTNAME = "kubernetes.io/hostname"


def claims_to_serve(claims: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the PersistentVolumeClaims that wait for a volume of ours.

    The controller manager annotates them when it is time, with a class of either binding mode.
    """
    return [
        claim
        for claim in claims
        if claim["metadata"].get("annotations", {}).get(_ASKED) == PROVISIONER_NAME
        and claim.get("status", {}).get("phase", "Pending") == "Pending"
        and not claim["spec"].get("volumeName")
        and "deletionTimestamp" not in claim["metadata"]
    ]


def volumes_to_delete(volumes: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return our PersistentVolumes whose claim is gone and whose policy is to go with it."""
    return [
        volume
        for volume in volumes
        if volume["metadata"].get("annotations", {}).get(_MADE) == PROVISIONER_NAME
        and volume.get("status", {}).get("phase") in ("Released", "Failed")
        and volume["spec"].get("persistentVolumeReclaimPolicy") == "Delete"
        and "deletionTimestamp" not in volume["metadata"]
    ]


def volume_name(claim: dict[str, Any]) -> str:
    """Return the name of the volume for a claim: the same at each try, so that none is made twice."""
    return f"pvc-{claim['metadata']['uid']}"


def volume_for(claim: dict[str, Any], *, directory: Path, node: str) -> dict[str, Any]:
    """Return the PersistentVolume that serves a claim from ``directory``.

    Of type ``local``, not ``hostPath``: kubelet then gives it to the pod's fsGroup.
    """
    metadata = claim["metadata"]
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": volume_name(claim), "annotations": {_MADE: PROVISIONER_NAME}},
        "spec": {
            "accessModes": claim["spec"]["accessModes"],
            "capacity": {"storage": claim["spec"]["resources"]["requests"]["storage"]},
            "storageClassName": claim["spec"].get("storageClassName", ""),
            "persistentVolumeReclaimPolicy": "Delete",
            "claimRef": {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "namespace": metadata["namespace"],
                "name": metadata["name"],
                "uid": metadata["uid"],
            },
            "local": {"path": str(directory)},
            "nodeAffinity": {
                "required": {
                    "nodeSelectorTerms": [
                        {"matchExpressions": [{"key": _HOSTNAME, "operator": "In", "values": [node]}]}
                    ]
                }
            },
        },
    }
