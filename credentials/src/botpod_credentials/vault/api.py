"""The few requests that are made of Vault. Whatever it answers, what comes out are our own words."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

from botpod_credentials.errors import CredentialsUnusable
from botpod_credentials.texts import texts
from botpod_credentials.values import Hidden
from botpod_credentials.vault.entry import entry_in, version_gone
from botpod_credentials.vault.hints import in_address, kv_version_in, mistaken
from botpod_credentials.vault.phrases import SEALED, known_phrase, phrase, unexpected
from botpod_credentials.vault.wire import MOST_BYTES, OUTAGES, NoAnswer
from botpod_credentials.verify.retryafter import retry_after

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from botpod_credentials.values import SecretValues
    from botpod_credentials.vault.entry import Entry
    from botpod_credentials.vault.wire import Answer, Method, Wire

LONGEST_WAIT = 300.0
"""Seconds that a Vault can have a role wait, whatever its Retry-After says."""
LONGEST_LEASE = 30 * 24 * 3600
"""Seconds that a login is believed to live: Vault's own maximum unless somebody raised it is 32 days."""
MOST_TOKEN = 8192
"""Characters of a token; Vault's batch tokens have some hundred."""


class Server(Protocol):
    """Where Vault is, and its mounts; ``ca_bundle`` (PEM) is trusted instead of the system's CAs.

    ``namespace`` is where the mounts are, in a Vault that has namespaces.
    """

    @property
    def address(self) -> str: ...  # noqa: D102 - the class says what they are
    @property
    def ca_bundle(self) -> str | None: ...  # noqa: D102
    @property
    def namespace(self) -> str | None: ...  # noqa: D102
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
    """Requests to one Vault.

    Every method raises :class:`CredentialsUnusable`, whose text names the path or role and what to do, and
    quotes nothing that Vault wrote.
    """

    def __init__(self, server: Server, *, wire: Wire, now: Callable[[], dt.datetime]) -> None:
        self._server = server
        self._wire = wire
        self._now = now

    async def login(self, *, role: str, jwt: Hidden, who: str) -> Login:
        """Log in with a ServiceAccount's token; ``who`` names that account for people."""
        mount = self._server.auth_mount
        answer = await self._ask(
            "POST", f"/v1/auth/{quote(mount)}/login", body={"role": role, "jwt": jwt.reveal()}
        )
        if answer.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}:
            raise CredentialsUnusable(
                "VaultLoginDenied",
                f'Vault denied {who} the login with role "{role}" on auth/{mount} '
                f"({phrase(answer.status, answer.content)}); "
                f"check the role, its bound ServiceAccount and audience.{in_address(self._server.address)}",
                certain=True,
            )
        return self._understood(answer, _login_in)

    async def renew(self, *, token: Hidden) -> Login:
        """Let a Vault token live on."""
        answer = await self._ask("POST", "/v1/auth/token/renew-self", token=token, body={})
        if answer.status == HTTPStatus.FORBIDDEN:
            raise _denied("auth/token/renew-self", answer)
        return self._understood(answer, _login_in)

    async def metadata(self, *, token: Hidden, path: str) -> Entry:
        """Return the versions of an entry, without any value."""
        mount = self._server.kv_mount
        where = f"{mount}/{path}"
        answer = await self._ask("GET", f"/v1/{quote(mount)}/metadata/{quote(path)}", token=token)
        if answer.status == HTTPStatus.NOT_FOUND:
            told = (
                f"write it with `vault kv put {where} …` or correct spec.credentials.vault.path."
                f"{in_address(self._server.address)}"
            )
            raise CredentialsUnusable(
                "VaultPathNotFound",
                f"Vault has nothing at {where}; {await self._mistaken(token, path) or told}",
                certain=True,
            )
        if answer.status == HTTPStatus.FORBIDDEN:
            raise _denied(f"{mount}/metadata/{path}", answer, instead=await self._mistaken(token, path))
        return self._understood(answer, lambda content: entry_in(content["data"], now=self._now()))

    async def _mistaken(self, token: Hidden, path: str) -> str | None:
        """Return what is certainly wrong with where an entry is looked for, None where nothing is."""
        mount = self._server.kv_mount
        answer = await self._ask("GET", f"/v1/sys/internal/ui/mounts/{quote(mount)}", token=token)
        known = kv_version_in(answer.content) if answer.status == HTTPStatus.OK else None
        return mistaken(mount=mount, path=path, kv_version=known)

    async def values(self, *, token: Hidden, path: str, version: int, names: frozenset[str]) -> SecretValues:
        """Return the values of ``names`` at one version."""
        where = f"{self._server.kv_mount}/{path}"
        data = await self._data(token=token, path=path, version=version)
        missing = sorted(names - set(data))
        if missing:
            raise CredentialsUnusable(
                "KeyMissing",
                f"version {version} of {where} in Vault has no {' and no '.join(missing)}; "
                f"add it with `vault kv patch {where} {missing[0]}=…` or correct spec.credentials.keys.",
                certain=True,
            )
        return texts({name: data[name] for name in names}, where=f"{where} in Vault")

    async def _data(self, *, token: Hidden, path: str, version: int) -> dict[str, Any]:
        mount = self._server.kv_mount
        answer = await self._ask(
            "GET", f"/v1/{quote(mount)}/data/{quote(path)}?version={version}", token=token
        )
        if answer.status == HTTPStatus.NOT_FOUND:
            raise version_gone(f"{mount}/{path}", version)
        if answer.status == HTTPStatus.FORBIDDEN:
            raise _denied(f"{mount}/data/{path}", answer)
        return self._understood(answer, lambda content: dict(content["data"]["data"]))

    async def _ask(
        self, method: Method, path: str, *, token: Hidden | None = None, body: dict[str, str] | None = None
    ) -> Answer:
        """Return an answer that is about the question; what is about Vault itself is raised."""
        try:
            answer = await self._wire.ask(self._server, method, path, token=token, body=body)
        except NoAnswer as error:
            raise self._unanswered(error) from None
        address = self._server.address
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            given = retry_after(answer.headers, now=self._now().timestamp())
            raise CredentialsUnusable(
                "VaultRateLimited",
                f"Vault at {address} has had enough requests of this role or path (429); it is asked again "
                "later. See its rate limit quotas.",
                certain=False,
                retry_after=None if given is None else min(given, LONGEST_WAIT),
            )
        if answer.status in OUTAGES:
            if known_phrase(answer.content) == SEALED:
                raise CredentialsUnusable(
                    "VaultSealed", f"Vault at {address} is sealed; unseal it.", certain=False
                )
            told = (
                "isn't initialised"
                if answer.status == HTTPStatus.NOT_IMPLEMENTED
                else f"says it is unavailable ({answer.status})"
            )
            raise CredentialsUnusable("VaultUnavailable", f"Vault at {address} {told}.", certain=False)
        return answer

    def _understood[T](self, answer: Answer, read: Callable[[dict[str, Any]], T]) -> T:
        """Return what an answer holds, where it is the one that was hoped for."""
        if answer.status == HTTPStatus.OK:
            try:
                return read(answer.content)
            except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
                why = "its answer isn't what a Vault answers; check vault.address of the BotClass"
                raise self._unexpected(why) from None
        raise self._unexpected(unexpected(answer.status))

    def _unexpected(self, why: str) -> CredentialsUnusable:
        return CredentialsUnusable(
            "VaultUnexpected",
            f"Vault at {self._server.address} gave an unexpected answer: {why}.",
            certain=False,
        )

    def _unanswered(self, error: NoAnswer) -> CredentialsUnusable:
        address = self._server.address
        match error.why:
            case "bad-ca":
                reason, text = (
                    "VaultCaInvalid",
                    "vault.caBundle of the BotClass holds no PEM certificate; correct it.",
                )
            case "untrusted":
                reason = "VaultNotTrusted"
                text = (
                    f"the certificate of Vault at {address} isn't trusted; put its CA into vault.caBundle of "
                    "the BotClass."
                )
            case "slow":
                reason = "VaultUnreachable"
                text = f"Vault at {address} didn't answer in {error.seconds:g} s."
            case "too-long":
                # Of one entry: a great one is its owner's, and no reason to ask for no other.
                reason = "VaultUnexpected"
                text = (
                    f"Vault at {address} answered more than {MOST_BYTES // 1024} KiB; make the entry smaller."
                )
            case "unreachable":
                reason, text = "VaultUnreachable", f"Vault at {address} can't be reached."
        return CredentialsUnusable(reason, text, certain=False)


def _login_in(content: dict[str, Any]) -> Login:
    auth = content["auth"]
    token = auth["client_token"]
    if not (isinstance(token, str) and token.isascii() and token.isprintable() and len(token) <= MOST_TOKEN):
        raise ValueError("no token")
    return Login(
        token=Hidden(token),
        seconds=min(max(int(auth["lease_duration"]), 0), LONGEST_LEASE),
        renewable=bool(auth.get("renewable")),
    )


def _denied(where: str, answer: Answer, *, instead: str | None = None) -> CredentialsUnusable:
    return CredentialsUnusable(
        "VaultPermissionDenied",
        f"Vault denied reading {where} ({phrase(answer.status, answer.content)}); "
        + (instead or "grant the role's policy read on the data and the metadata of this path."),
        certain=True,
    )
