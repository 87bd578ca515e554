"""The API server: the connection, the kinds, children, statuses and events."""
