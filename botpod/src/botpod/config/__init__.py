"""The configuration file: its shape, its mistakes, and the credentials it names."""
