"""Where in a Vault something is. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One entry of one Vault; ``ca`` is a digest of the certificates trusted for it."""

    address: str
    ca: str
    namespace: str | None = None
    mount: str
    path: str

    @property
    def vault(self) -> str:
        """Which Vault it is: one that isn't trusted by one class may be by another."""
        return f"{self.address} {self.ca}"

    @property
    def source(self) -> str:
        """What the entry is called where deliveries tell their source."""
        return source_at(mount=self.mount, path=self.path)


def source_at(*, mount: str, path: str) -> str:
    """Return what an entry is called where deliveries tell their source."""
    return f"vault:{mount}/{path}"
