"""The two ports: 8080 for the outside, 9090 for the cluster."""
