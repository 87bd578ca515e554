"""An account of its own for each bot in Redis and PostgreSQL: its name, its rights, who makes it."""
