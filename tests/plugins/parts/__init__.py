"""The parts of ``make test``: what each runs, what it did, and how much of the code was gone through."""
