"""Where tests find the cluster's binaries."""

from __future__ import annotations

import os
from pathlib import Path


def binary(name: str) -> Path:
    """Return the path of kube-apiserver, etcd, kubectl, vault …"""
    return Path(os.environ["BOTPOD_BINARIES"]) / name
