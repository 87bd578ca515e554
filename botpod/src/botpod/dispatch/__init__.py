"""From an event to a finished answer: once, within the limits, in order, never in another's way."""
