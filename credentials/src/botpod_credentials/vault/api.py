"""Vault over hvac: the requests that are made of it, blocking, with hvac's errors kept inside."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

import hvac  # type: ignore[import-untyped]  # ships no types
import requests
from hvac import exceptions

from botpod_credentials.errors import CredentialsUnusable
from botpod_credentials.texts import texts
from botpod_credentials.values import Hidden
from botpod_credentials.vault.entry import entry_in, version_gone

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from botpod_credentials.values import SecretValues
    from botpod_credentials.vault.entry import Entry
    from botpod_credentials.vault.sessions import Sessions

TIMEOUT_SECONDS = 5.0


class Server(Protocol):
    """Where Vault is, and its mounts; ``ca_bundle`` (PEM) is trusted instead of the system's CAs."""

    @property
    def address(self) -> str: ...  # noqa: D102 - the class says what they are
    @property
    def ca_bundle(self) -> str | None: ...  # noqa: D102
    @property
    def auth_mount(self) -> str: ...  # noqa: D102
    @property
    def kv_mount(self) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A Vault token, how many seconds it lives, and whether it can be made to live on."""

    token: Hidden
    seconds: int
    renewable: bool = False


class VaultApi:
    """Requests to one Vault. Thread-safe: each thread has sessions of its own.

    Every method raises :class:`CredentialsUnusable`, whose text names the path or role and what to do.
    """

    def __init__(self, server: Server, *, sessions: Sessions, now: Callable[[], dt.datetime]) -> None:
        self._server = server
        self._sessions = sessions
        self._now = now

    def login(self, *, role: str, jwt: Hidden, who: str) -> Login:
        """Log in with a ServiceAccount's token; ``who`` names that account for people."""
        mount = self._server.auth_mount
        url = f"/v1/auth/{mount}/login"
        try:
            answer = self._client(token="").adapter.post(url, json={"role": role, "jwt": jwt.reveal()})
            return _login_in(answer)
        except (exceptions.InvalidRequest, exceptions.Forbidden, exceptions.InvalidPath) as error:
            raise CredentialsUnusable(
                "VaultLoginDenied",
                f'Vault denied {who} the login with role "{role}" on auth/{mount} ({_said(error)}); '
                "check the role, its bound ServiceAccount and audience.",
                certain=True,
            ) from None
        except Exception as error:  # noqa: BLE001 - whatever the client raises must not go further
            self._fail(error)

    def renew(self, *, token: Hidden) -> Login:
        """Let a Vault token live on."""
        try:
            answer = self._client(token=token.reveal()).auth.token.renew_self()
            return _login_in(answer)
        except exceptions.Forbidden as error:
            raise _denied("auth/token/renew-self", error) from None
        except Exception as error:  # noqa: BLE001 - whatever the client raises must not go further
            self._fail(error)

    def metadata(self, *, token: Hidden, path: str) -> Entry:
        """Return the versions of an entry, without any value."""
        mount = self._server.kv_mount
        where = f"{mount}/{path}"
        try:
            answer = self._client(token=token.reveal()).secrets.kv.v2.read_secret_metadata(
                path, mount_point=mount
            )
            return entry_in(answer["data"], now=self._now())
        except exceptions.InvalidPath:
            raise CredentialsUnusable(
                "VaultPathNotFound",
                f"Vault has nothing at {where}; write it with `vault kv put {where} …` or correct "
                "spec.credentials.vault.path.",
                certain=True,
            ) from None
        except exceptions.Forbidden as error:
            raise _denied(f"{mount}/metadata/{path}", error) from None
        except Exception as error:  # noqa: BLE001 - whatever the client raises must not go further
            self._fail(error)

    def values(self, *, token: Hidden, path: str, version: int, names: frozenset[str]) -> SecretValues:
        """Return the values of ``names`` at one version."""
        where = f"{self._server.kv_mount}/{path}"
        data = self._data(token=token, path=path, version=version)
        missing = sorted(names - set(data))
        if missing:
            raise CredentialsUnusable(
                "KeyMissing",
                f"version {version} of {where} in Vault has no {' and no '.join(missing)}; "
                f"add it with `vault kv patch {where} {missing[0]}=…` or correct spec.credentials.keys.",
                certain=True,
            )
        return texts({name: data[name] for name in names}, where=f"{where} in Vault")

    def _data(self, *, token: Hidden, path: str, version: int) -> dict[str, Any]:
        mount = self._server.kv_mount
        try:
            answer = self._client(token=token.reveal()).secrets.kv.v2.read_secret_version(
                path, version=version, mount_point=mount, raise_on_deleted_version=True
            )
            return dict(answer["data"]["data"])
        except exceptions.InvalidPath:
            raise version_gone(f"{mount}/{path}", version) from None
        except exceptions.Forbidden as error:
            raise _denied(f"{mount}/data/{path}", error) from None
        except Exception as error:  # noqa: BLE001 - whatever the client raises must not go further
            self._fail(error)

    def _client(self, *, token: str) -> hvac.Client:
        # No redirects: a token goes to the class's address and nowhere else.
        return hvac.Client(
            url=self._server.address,
            token=token,
            session=self._sessions.of(self._server.ca_bundle),
            timeout=TIMEOUT_SECONDS,
            allow_redirects=False,
        )

    def _fail(self, error: Exception) -> NoReturn:
        """Say what kind of trouble it is, without the client's text, which may quote the request."""
        address = self._server.address
        if isinstance(error, exceptions.VaultDown):
            sealed = "sealed" in _said(error)
            reason, text = (
                ("VaultSealed", f"Vault at {address} is sealed; unseal it.")
                if sealed
                else ("VaultUnavailable", f"Vault at {address} says it is unavailable.")
            )
        elif isinstance(error, ssl.SSLError):
            reason, text = (
                "VaultCaInvalid",
                "vault.caBundle of the BotClass holds no PEM certificate; correct it.",
            )
        elif isinstance(error, requests.exceptions.SSLError):
            reason = "VaultNotTrusted"
            text = (
                f"the certificate of Vault at {address} isn't trusted; put its CA into vault.caBundle of the "
                "BotClass."
            )
        elif isinstance(error, (requests.RequestException, OSError)):
            reason, text = "VaultUnreachable", f"Vault at {address} can't be reached."
        elif isinstance(error, exceptions.VaultNotInitialized):
            reason, text = "VaultUnavailable", f"Vault at {address} isn't initialised."
        else:
            reason = "VaultUnavailable"
            text = f"Vault at {address} gave an unexpected answer ({type(error).__name__})."
        raise CredentialsUnusable(reason, text, certain=False) from None


def _login_in(answer: dict[str, Any]) -> Login:
    auth = answer["auth"]
    return Login(
        token=Hidden(auth["client_token"]),
        seconds=int(auth["lease_duration"]),
        renewable=bool(auth.get("renewable")),
    )


def _denied(where: str, error: exceptions.VaultError) -> CredentialsUnusable:
    return CredentialsUnusable(
        "VaultPermissionDenied",
        f"Vault denied reading {where} ({_said(error)}); grant the role's policy read on the data and the "
        "metadata of this path.",
        certain=True,
    )


def _said(error: exceptions.VaultError) -> str:
    """Return Vault's own words, which name roles and claims but no token."""
    words = error.errors
    text = "; ".join(map(str, words)) if isinstance(words, list) else str(words or "no reason given")
    return " ".join(text.split())[:300]
