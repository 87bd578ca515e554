"""Interactions that Discord posts over HTTP: telling them from forgeries, and handing them on."""
