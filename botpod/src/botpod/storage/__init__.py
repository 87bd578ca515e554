"""What must last: SQL by SQLAlchemy, migrations by Alembic."""
