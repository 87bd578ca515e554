"""The limits of each route's bucket.

Discord documents none of these numbers (a client must read the headers); they are what its headers were
seen to say, and for the rest a plausible figure.
"""

from __future__ import annotations

from botpod_local.discord.limits import Rule

SEND = Rule(name="messages.create", limit=5, period=5.0)
EDIT = Rule(name="messages.edit", limit=5, period=5.0)
DELETE = Rule(name="messages.delete", limit=5, period=1.0)
BULK_DELETE = Rule(name="messages.bulk-delete", limit=1, period=3.0)
READ = Rule(name="messages.read", limit=5, period=5.0)
REACT = Rule(name="reactions", limit=1, period=0.25)
TYPING = Rule(name="typing", limit=5, period=5.0)
PINS = Rule(name="pins", limit=5, period=20.0)
CHANNEL = Rule(name="channels", limit=5, period=5.0)
CHANNEL_CHANGE = Rule(name="channels.change", limit=5, period=15.0)
THREADS = Rule(name="threads.create", limit=50, period=300.0)
THREAD_MEMBERS = Rule(name="threads.members", limit=5, period=5.0)
GUILD = Rule(name="guilds", limit=5, period=5.0)
MEMBERS = Rule(name="members", limit=10, period=10.0)
USERS = Rule(name="users", limit=30, period=30.0)
OPEN_DM = Rule(name="users.channels", limit=10, period=10.0)
COMMANDS = Rule(name="commands", limit=5, period=20.0)
APPLICATION = Rule(name="applications", limit=5, period=5.0)
APPLICATION_CHANGE = Rule(name="applications.change", limit=5, period=5.0)
GATEWAY = Rule(name="gateway", limit=2, period=5.0)
GATEWAY_PUBLIC = Rule(name="gateway.public", limit=50, period=1.0)
CALLBACK = Rule(name="interactions.callback", limit=5, period=1.0)
WEBHOOK = Rule(name="webhooks.execute", limit=5, period=2.0)
WEBHOOK_MESSAGE = Rule(name="webhooks.messages", limit=5, period=2.0)
