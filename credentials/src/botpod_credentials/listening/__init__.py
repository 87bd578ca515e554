"""How our HTTP servers listen: everybody is answered, whoever else holds connections and sends nothing.

The one part of this member that the bot imports, too (`pyproject.toml`, "bot-credentials"): it knows aiohttp
and nothing else of ours. aiohttp bounds a line, a header and idle keep-alive; not the time that a request's
headers or body take, nor connections, nor the bytes of all of them (aio-libs/aiohttp#675 leaves that to
whoever uses it).
"""
