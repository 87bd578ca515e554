"""What was taken from Discord and isn't finished yet: kept until it is."""
