"""Keep what the next process of a bot without Redis goes on from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of what is kept."""
    op.create_table(
        "kept",
        sa.Column("bot", sa.String(127), primary_key=True),
        sa.Column("kind", sa.String(32), primary_key=True),
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("kept_at", sa.BigInteger, nullable=False),
    )
    op.create_index("kept_by_age", "kept", ["bot", "kind", "kept_at"])


def downgrade() -> None:
    """Forget it."""
    op.drop_table("kept")
