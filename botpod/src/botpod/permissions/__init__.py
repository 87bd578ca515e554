"""Who may do what on Discord. Pure: names and bits, and Discord's own arithmetic."""
