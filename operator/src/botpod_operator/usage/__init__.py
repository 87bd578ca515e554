"""What the pods use: they are told that something new is there, and asked until all of them have it."""
