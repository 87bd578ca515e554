"""What a class allows its bots, and what a bot goes beyond. Pure."""
