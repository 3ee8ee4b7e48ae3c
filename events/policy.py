"""Policies: which parts of playbooks are for whom. In the register, kind `policy`, one a tenant."""

from typing import ClassVar

from .base import RegisterEvent

KIND = "policy"
ID = "tenant"  # the register's name of the one there is


class PolicyPublished(RegisterEvent, frozen=True, kw_only=True):
    """A version of the whole document holds from now on, for contacts that begin.

    The text is the tenant's. Agents are named in it by the ids that their contacts name them by.
    """

    TYPE: ClassVar[str] = "policy_published"
    KIND: ClassVar[str] = KIND

    version: str  # the author's, and a hash of the content: `4+77aa01be`
    content: str  # YAML
    sha256: str  # of its UTF-8, in hexadecimal
