"""The process itself: memory, CPU, open files, and which version it is."""

from __future__ import annotations

import importlib.metadata

from prometheus_client import CollectorRegistry, Info, ProcessCollector


def registry_of_the_process() -> CollectorRegistry:
    """Return a registry with the process's own figures, for the others to be added."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    version = importlib.metadata.version("botpod-operator")
    Info("botpod_operator_build", "What runs.", registry=registry).info({"version": version})
    return registry
