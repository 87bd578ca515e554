"""JSON Schemas of Kubernetes' objects and of ours, made here from what our own pins bring along."""

from botpod_local.schemas.folder import ensure_schemas

__all__ = ["ensure_schemas"]
