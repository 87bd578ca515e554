"""What shows that a requirement is met: marked tests, gates and benches, by how each last ended."""
