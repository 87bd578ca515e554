"""The two resources as pydantic models: the source of the CRDs and of what the operator reads."""

GROUP = "botpod.dev"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"
