"""The skills, a folder each, and the door they come through."""
