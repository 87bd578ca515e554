"""What every event passes before a skill sees it."""
