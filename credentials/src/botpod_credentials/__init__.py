"""Reads credentials from Vault, tries them at who will receive them, and keeps a pod's files current."""
