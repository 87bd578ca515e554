"""What may be asked of Discord's REST interface, and when; and the one place that sends."""
