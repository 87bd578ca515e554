"""A bot to try within a minute: processes of this user's on loopback, no cluster, no root."""
