"""What this machine's way to the package registries asks of a build: certificates and an index of its own.

Only the environment is looked at, so that no host's name ever stands in the tree.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
"""Where Debian keeps the certificates it trusts, inside the build too."""


def certificates(environment: Mapping[str, str]) -> Mapping[Path, str]:
    """Return the file of certificates that this machine trusts, if it names one, and its place in a build."""
    named = environment.get("SSL_CERT_FILE")
    return {Path(named): BUNDLE} if named and Path(named).is_file() else {}


def build_arguments(environment: Mapping[str, str]) -> Mapping[str, str]:
    """Return the build arguments of the Dockerfiles that this machine's environment gives a value for."""
    passed = {
        name: environment[name] for name in ("PIP_INDEX_URL", "UV_DEFAULT_INDEX") if environment.get(name)
    }
    if certificates(environment):
        return {**passed, "PIP_CERT": BUNDLE, "SSL_CERT_FILE": BUNDLE}
    return passed
