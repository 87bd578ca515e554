"""What to say about a bot: conditions, status, events. Pure."""
