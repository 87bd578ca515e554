"""Which of several operators acts: an election by a Lease."""
