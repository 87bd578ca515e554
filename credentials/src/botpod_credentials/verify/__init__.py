"""Asks the service that will receive a credential whether it accepts it, before anything depends on it.

:class:`~botpod_credentials.verify.examiner.Examiner` is the whole of it to others. Nothing here
logs, keeps or repeats a value, and no text of a service goes into a message: servers quote what they are
sent.
"""
