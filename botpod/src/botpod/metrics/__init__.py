"""What is counted: for Prometheus, and as a JSON summary."""
