"""The gateway: sessions, connections, who hears what."""
