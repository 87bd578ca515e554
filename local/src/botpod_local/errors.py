"""What can go wrong on one machine, named by what the person at the terminal can do.

::

    LocalError            the message is one sentence for people; the command line prints it and exits with 1
    ├── HostUnfit         this machine can't do it as it is: not Linux, not root, no disk, no package
    ├── Taken             a subnet, port or name belongs to somebody else
    ├── Refused           a server of the cluster understood and said no; ``status`` is its HTTP status
    └── Unreachable       a server of the cluster did not answer
"""

from __future__ import annotations


class LocalError(Exception):
    """The root of everything raised on purpose; the message is one sentence for people."""


class HostUnfit(LocalError):
    """This machine can't do it as it is."""


class Taken(LocalError):
    """A subnet, port or name belongs to somebody else."""


class Refused(LocalError):
    """A server of the cluster refused a request with the HTTP ``status``."""

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


class Unreachable(LocalError):
    """A server of the cluster did not answer."""
