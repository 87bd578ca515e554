"""Remember what was said."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of turns."""
    op.create_table(
        "turns",
        sa.Column("bot", sa.String(127), primary_key=True),
        sa.Column("channel_id", sa.BigInteger, primary_key=True),
        sa.Column("event_id", sa.BigInteger, primary_key=True),
        sa.Column("position", sa.SmallInteger, primary_key=True),
        sa.Column("guild_id", sa.BigInteger),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("author", sa.String(64)),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    op.create_index("turns_by_age", "turns", ["bot", "created_at"])


def downgrade() -> None:
    """Forget what was said."""
    op.drop_table("turns")
