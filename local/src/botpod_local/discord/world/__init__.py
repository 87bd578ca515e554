"""Everything there is: users, guilds, channels, messages, applications. State and decisions, no I/O."""
