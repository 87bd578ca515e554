"""Says in one sentence why the database did not answer, without addresses, passwords or a query's values."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from botpod.errors import BotpodError

_STATES = {
    "28P01": "The database refuses the credential; give the bot the right password for its user.",
    "28000": "The database refuses the user; let it log in from here, or name another in state.sql.url.",
    "42501": "The database's user lacks a right; let it create and use tables in its schema.",
    "57P01": "The database is being stopped.",
    "57P02": "The database is being restarted after a crash.",
    "57P03": "The database is starting or stopping.",
    "3D000": "The database does not exist on that server; create it or correct state.sql.url.",
}
_LONGEST = 120


def sentence(error: BaseException) -> str:
    """Return what is wrong, and where it helps, what to do."""
    if isinstance(error, BotpodError):
        return str(error)
    if isinstance(error, TimeoutError | PoolTimeout):
        return "The database took too long to answer."
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    state = getattr(cause, "sqlstate", None) or getattr(cause.__cause__, "sqlstate", None)
    if state is not None:
        return _STATES.get(state, f"The database refused a query (SQLSTATE {state}).")
    if isinstance(cause, OSError):
        return f"The database can't be reached ({cause.strerror or type(cause).__name__})."
    return f"The database failed ({type(cause).__name__}: {str(cause).partition('\n')[0][:_LONGEST]})."
