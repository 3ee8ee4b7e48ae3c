"""Playbooks: what their authors wrote, published and took back. In the register, kind `playbook`.

Each is about one playbook of a tenant, by its name. The texts are the tenant's and of nobody's
life, so they stand in the clear. A version that was published is never edited: the fact holds
the whole of it, and its hash.
"""

from typing import ClassVar

from .base import RegisterEvent

KIND = "playbook"


class PlaybookDrafted(RegisterEvent, frozen=True, kw_only=True):
    """Somebody put a text aside to be published later. It may break the grammar, as yet."""

    TYPE: ClassVar[str] = "playbook_drafted"
    KIND: ClassVar[str] = KIND

    content: str  # YAML
    sha256: str  # of its UTF-8, in hexadecimal


class PlaybookPublished(RegisterEvent, frozen=True, kw_only=True):
    """A version holds from now on, for contacts that begin."""

    TYPE: ClassVar[str] = "playbook_published"
    KIND: ClassVar[str] = KIND

    version: str  # the author's, and a hash of the content: `1+3f2a91c0`
    content: str
    sha256: str


class PlaybookRolledBack(RegisterEvent, frozen=True, kw_only=True):
    """A version that was published before holds again. Its text is repeated: one fact is enough."""

    TYPE: ClassVar[str] = "playbook_rolled_back"
    KIND: ClassVar[str] = KIND

    version: str
    content: str
    sha256: str
    from_version: str  # what held until now
