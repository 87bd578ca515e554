"""A real Kubernetes cluster on this machine, in a network namespace of its own."""

from __future__ import annotations

from botpod_local.cluster.handle import Cluster

__all__ = ["Cluster"]
