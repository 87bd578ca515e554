"""One REST request, already authenticated and decoded, and what it is answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from botpod_local.discord.errors import Fault, Refusal
from botpod_local.discord.forms.fields import Fields

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from botpod_local.discord.endpoints.posting import Endpoints
    from botpod_local.discord.forms.messages import Upload
    from botpod_local.discord.gateway.hub import Hub
    from botpod_local.discord.limits import Rule
    from botpod_local.discord.settings import Settings
    from botpod_local.discord.world.records import Application, User
    from botpod_local.discord.world.world import World


class Answer(NamedTuple):
    """A status and its JSON; None is no body at all."""

    status: int
    body: Any = None


NO_CONTENT = Answer(204)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a handler gets.

    Attributes:
        caller: whose token came with the request; None where none is needed.
        params: the path's variables.
        files: uploads by the number in ``files[n]``.
        gateway_url: the gateway's address as this client can reach it.
    """

    world: World
    hub: Hub
    endpoints: Endpoints
    settings: Settings
    caller: Application | None
    method: str
    params: Mapping[str, str]
    query: Mapping[str, str]
    body: Any = None
    files: Mapping[int, Upload] = field(default_factory=dict)
    gateway_url: str = ""

    @property
    def application(self) -> Application:
        """The application that calls."""
        if self.caller is None:
            raise Refusal(Fault.UNAUTHORIZED)
        return self.caller

    @property
    def me(self) -> User:
        """The bot's user that calls."""
        return self.world.users[self.application.bot_user_id]

    @property
    def method_reads(self) -> bool:
        """Whether nothing is to be changed."""
        return self.method == "GET"

    def id(self, name: str) -> int:
        """Return an id out of the path."""
        return as_snowflake(name, self.params[name])

    def fields(self) -> Fields:
        """Return a cursor over the body; no body reads as an empty object."""
        return Fields({} if self.body is None else self.body)

    def query_int(self, name: str, *, least: int, most: int, default: int) -> int:
        """Return a number out of the query."""
        fields = Fields(dict(self.query))
        value = fields.integer(name, least=least, most=most)
        fields.done()
        return default if value is None else value

    def query_id(self, name: str) -> int | None:
        """Return an id out of the query."""
        return as_snowflake(name, self.query[name]) if name in self.query else None

    def query_moment(self, name: str) -> float | None:
        """Return a moment out of the query, in Unix seconds."""
        fields = Fields(dict(self.query))
        moment = fields.moment(name)
        fields.done()
        return moment

    def query_flag(self, name: str) -> bool:
        """Say whether a flag is set in the query."""
        return self.query.get(name, "").lower() in {"true", "1"}


def as_snowflake(name: str, written: str) -> int:
    """Return an id, or refuse as Discord does what isn't one."""
    fields = Fields({name: written})
    value = fields.snowflake(name)
    fields.done()
    return value or 0


type Handler = Callable[[Call], Answer | Awaitable[Answer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A method and path of the API, its handler and its limit.

    Attributes:
        template: the path as in Discord's own description, below ``/api/v10``.
        rule: the bucket it counts against.
        major: the path's variables that have a count of their own in the bucket.
        authorized: whether a bot's token is needed.
        counted: whether it counts against the global limit (interaction endpoints don't).
    """

    method: str
    template: str
    handler: Handler
    rule: Rule
    major: tuple[str, ...] = ()
    authorized: bool = True
    counted: bool = True
