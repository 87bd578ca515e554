"""The children of a bot, one file per kind, all pure: what is in force goes in, manifests come out."""
