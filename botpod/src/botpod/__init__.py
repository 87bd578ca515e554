"""An AI Discord bot that outgrows one process."""
