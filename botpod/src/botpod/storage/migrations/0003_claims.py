"""Know which of several processes is on an event."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of claims."""
    op.create_table(
        "claims",
        sa.Column("bot", sa.String(127), primary_key=True),
        sa.Column("event", sa.String(64), primary_key=True),
        sa.Column("holder", sa.String(128), nullable=False),
        sa.Column("until", sa.Double, nullable=False),
        sa.Column("done", sa.Boolean, nullable=False),
    )
    op.create_index("claims_by_age", "claims", ["bot", "until"])


def downgrade() -> None:
    """Forget it."""
    op.drop_table("claims")
