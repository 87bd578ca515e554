"""What every test may ask for; each plugin in ``plugins/`` brings one real thing to test against."""

pytest_plugins = ["models_standin", "postgresql", "redis_server", "requirements"]
