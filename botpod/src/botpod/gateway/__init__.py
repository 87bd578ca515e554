"""The only place that knows nextcord: shards in, plain events out, replies back."""
