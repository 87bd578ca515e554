"""What every test may ask for; each plugin in ``plugins/`` brings one real thing to test against."""

pytest_plugins = [
    "bot_on_discord",
    "discord_standin",
    "models_standin",
    "postgresql",
    "redis_server",
    "requirements",
]
