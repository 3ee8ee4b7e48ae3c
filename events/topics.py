"""Register, kind `topics`: what a tenant wants its contacts told apart by. One list a tenant."""

from typing import ClassVar

from msgspec import Struct

from .base import RegisterEvent

KIND = "topics"
ID = "list"  # there is one


class Topic(Struct, frozen=True, kw_only=True):
    """Something contacts are about."""

    name: str  # a word of small letters, digits and hyphens
    title: str  # for people
    phrases: tuple[str, ...] = ()  # any of them, said by anybody, is a sign of it
    examples: tuple[str, ...] = ()  # sentences of customers who speak of it, for meaning


class TopicsPublished(RegisterEvent, frozen=True, kw_only=True):
    """From now on contacts are told apart by this list; it replaces what was published before."""

    TYPE: ClassVar[str] = "topics_published"
    KIND: ClassVar[str] = KIND
    IGNORABLE = True

    version: str  # of its content: the same list has the same
    topics: tuple[Topic, ...]
    products: tuple[str, ...] = ()  # names of what the tenant sells, found as entities
