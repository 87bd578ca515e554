"""The demo: everything on one machine, for a person who wants to talk to a bot in a few minutes."""
