"""PostgreSQL: log in and leave. What the answers mean is pure."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from botpod_credentials.verify.pgtarget import read, speaks
from botpod_credentials.verify.service import Service
from botpod_credentials.verify.troubles import words

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from botpod_credentials.verify.answers import Said

LEAVE_SECONDS = 1.0
_INVALID_PASSWORD, _NOT_LET_IN, _NO_DATABASE, _NO_PRIVILEGE = "28P01", "28000", "3D000", "42501"
_BUSY = {"53300": "it has too many connections", "57P03": "it is starting or stopping"}


def postgresql(url: str) -> Service:
    """Return the PostgreSQL of the class."""
    return Service(
        name="PostgreSQL",
        address=url,
        field="spec.state.postgresql.url",
        noun="password",
        remedy="write the one that this role has, or correct the role in spec.state.postgresql.url",
    )


async def ask(
    service: Service,
    value: str,
    *,
    tls: Callable[[], ssl.SSLContext],
    seconds: float,
    user: str | None = None,
    ca: str | None = None,
) -> Said:
    """Log in as ``user``, else the URL's, to its database; with ``ca`` by TLS only. Never raises."""
    # Imported when first needed: an operator without PostgreSQL goes without its 4 MiB.
    import asyncpg  # type: ignore[import-untyped]  # noqa: PLC0415

    try:
        target = read(service.address, user=user, verified=ca is not None)
        if not target.servers or not target.user:
            return service.unclear(f"{service.field} of the BotClass names no host or no user")
        async with asyncio.timeout(seconds):
            if not await speaks(target):
                return service.unclear(
                    f"what answers isn't a PostgreSQL; check {service.field} of the BotClass"
                )
            connection = await asyncpg.connect(**target.arguments(tls), password=value, timeout=seconds)
    except asyncpg.PostgresError as error:
        return judge(service, error.sqlstate or "")
    except Exception as error:  # noqa: BLE001 - no exception may leave: its text may hold the value
        return service.unclear(words(error, seconds=seconds))
    await _leave(connection)
    return service.accepted()


def judge(service: Service, state: str) -> Said:
    """Return what an error at the login says of the password, by its SQLSTATE.

    PostgreSQL looks at the database and at the right to connect to it only once the password was right.
    28000 comes before that, such as where pg_hba.conf has no line for the operator's address: it may have one
    for the pods.
    """
    if state == _INVALID_PASSWORD:
        return service.refused(state)
    if state == _NO_DATABASE:
        return service.accepted(note=f", which has no such database ({state})")
    if state == _NO_PRIVILEGE:
        return service.accepted(note=f", whose database doesn't let this role in ({state})")
    if state == _NOT_LET_IN:
        return service.unclear(
            f"it doesn't let the operator in, whatever the password ({state}); see its pg_hba.conf and "
            "whether the role may log in"
        )
    if state in _BUSY:
        return service.unclear(f"{_BUSY[state]} ({state})")
    return service.unclear("it answered with an error that says nothing of the password")


async def _leave(connection: Any) -> None:
    try:
        await connection.close(timeout=LEAVE_SECONDS)
    except Exception:  # noqa: BLE001 - it is known what we wanted to know
        connection.terminate()
