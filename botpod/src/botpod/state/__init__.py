"""What is hot and shared: leases, limits, ledger; Redis, or in-process for one replica."""
