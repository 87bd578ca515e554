"""Request bodies, checked as Discord checks them: every mistake at once, each at its field."""
