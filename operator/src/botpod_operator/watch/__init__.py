"""What is seen of the cluster, and which bot to look at next."""
