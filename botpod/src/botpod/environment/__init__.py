"""The one-host form: settings and credentials from environment variables and ``.env``.

In a cluster none of this is imported: ``--config`` names a file, and credentials are files too.
"""
