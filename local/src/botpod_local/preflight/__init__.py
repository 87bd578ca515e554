"""What a target of the Makefile needs, and bringing it before the target begins."""
