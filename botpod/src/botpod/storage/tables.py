"""The tables, as SQLAlchemy sees them; ``migrations/`` makes them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
)

METADATA = MetaData()

TURNS = Table(
    "turns",
    METADATA,
    # Whose: one database serves many bots. "namespace/name".
    Column("bot", String(127), primary_key=True),
    # Discord's ids; an event's id grows with time, so it is the order too.
    Column("channel_id", BigInteger, primary_key=True),
    Column("event_id", BigInteger, primary_key=True),
    Column("position", SmallInteger, primary_key=True),
    Column("guild_id", BigInteger),
    Column("role", String(16), nullable=False),
    Column("author", String(64)),
    Column("content", Text, nullable=False),
    # Seconds since the epoch.
    Column("created_at", BigInteger, nullable=False),
    Index("turns_by_age", "bot", "created_at"),
)
"""What was said: one row a turn; a conversation is a channel."""

KEPT = Table(
    "kept",
    METADATA,
    Column("bot", String(127), primary_key=True),
    # What it is, and which of them.
    Column("kind", String(32), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
    # Seconds since the epoch.
    Column("kept_at", BigInteger, nullable=False),
    Index("kept_by_age", "bot", "kind", "kept_at"),
)
"""What the next process of a bot without Redis goes on from."""
ANSWER = "answer"
"""A kind: which event a message of the bot's own answers, by the message's id."""

CLAIMS = Table(
    "claims",
    METADATA,
    Column("bot", String(127), primary_key=True),
    # Its name in the ledger: the key that two processes can't both insert.
    Column("event", String(64), primary_key=True),
    # Which process is on it, or was.
    Column("holder", String(128), nullable=False),
    # Seconds since the epoch by the database's clock, which all processes share.
    Column("until", Double, nullable=False),
    Column("done", Boolean, nullable=False),
    Index("claims_by_age", "bot", "until"),
)
"""Who is on which event, for processes that share PostgreSQL and no Redis."""
