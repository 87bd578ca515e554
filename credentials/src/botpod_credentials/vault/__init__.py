"""What is asked of Vault, by the operator and in the pods."""
