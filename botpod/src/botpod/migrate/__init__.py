"""``botpod migrate``: from one host's ``.env`` to a cluster's BotInstance, with the credentials in Vault."""
