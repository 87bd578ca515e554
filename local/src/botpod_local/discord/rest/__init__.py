"""REST as a bot uses it: one module per resource, one table of routes."""
