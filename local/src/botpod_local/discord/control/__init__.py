"""What is no part of Discord: acting as its users, breaking it on purpose, looking inside."""
