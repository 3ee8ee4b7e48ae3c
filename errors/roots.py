"""What every error is one of."""

from typing import ClassVar


class AntiphonError(Exception):
    """Root of the tree. Caught at the edges of a process and nowhere else."""

    code: ClassVar[str]  # public and stable; the message is for people and may change


class Refused(AntiphonError):
    """A rule of the domain says no."""


class Unknown(Refused):
    """The request names something that does not exist."""


class Fault(AntiphonError):
    """Something outside this process failed."""
