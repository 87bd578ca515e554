"""What the operator orders, in a file that holds no secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from botpod_credentials.addresses import Addresses  # noqa: TC001 - pydantic reads the annotation
from botpod_credentials.keys import Kind  # noqa: TC001 - pydantic reads the annotation

if TYPE_CHECKING:
    from pathlib import Path


class _Part(BaseModel):
    # A newer operator may say more than this image knows.
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore")


class OrderedKey(_Part):
    """One value."""

    name: str
    kind: Kind


class OrderedVault(_Part):
    """Where the values are, and as whom to log in."""

    address: str
    ca_bundle: str | None = None
    namespace: str | None = None
    auth_mount: str
    kv_mount: str
    path: str
    role: str
    account: str
    """The ServiceAccount's name, for people."""


class Version(_Part):
    """A version of the entry, and what the operator calls the values in it."""

    version: int
    digest: str


class Order(_Part):
    """Everything there is to do."""

    keys: tuple[OrderedKey, ...]
    """What to take from Vault."""
    passwords: tuple[str, ...] = ()
    """The class's passwords, which the kubelet puts beside this file."""
    vault: OrderedVault
    addresses: Addresses
    verify: bool
    application_id: str | None = None
    """The Discord application that a token must be of."""
    delivered: Version | None = None
    """What the bot shall have."""
    trial: Version | None = None
    """What is to be tried when the operator asks for it."""


class NotUnderstood(Exception):
    """The file isn't an order; the text names the fields."""


def read(path: Path) -> Order:
    """Return the order in a file. Raises :class:`NotUnderstood`."""
    try:
        return Order.model_validate_json(path.read_bytes())
    except OSError as error:
        raise NotUnderstood(f"{path} can't be read ({error.strerror})") from None
    except ValidationError as error:
        fields = ", ".join(".".join(map(str, detail["loc"])) or "all of it" for detail in error.errors())
        raise NotUnderstood(
            f"{path}: {fields} can't be understood; use an image of the operator's version"
        ) from None
