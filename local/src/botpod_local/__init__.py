"""One machine's stand-ins: a real Kubernetes cluster, Discord and model vendors."""
