"""Kind `article` of the register: what a tenant knows and lets its agents be told.

Articles are the tenant's own texts and no customer's, so they stand in clear. Every published
version stays: an answer given years ago names the version that it quoted.
"""

import hashlib
from typing import ClassVar

from .base import RegisterEvent, is_id

KIND = "article"

_DIGESTED = "x-"  # begins what stands for an id that cannot stand in a subject
_DIGEST_DIGITS = 40


class ArticlePublished(RegisterEvent, frozen=True, kw_only=True):
    """An article is there, or says something else from here on."""

    TYPE: ClassVar[str] = "article_published"
    KIND: ClassVar[str] = KIND

    article_id: str  # whatever its source calls it
    article_version: int  # from 1, grows by one with each change
    title: str
    body: str  # plain text; a blank line parts paragraphs, a line that begins with `#` is a heading
    language: str  # BCP 47, such as `en`
    tags: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()  # groups whose members may see it; none: everybody
    source: str | None = None  # what it was imported from, such as a file's name
    url: str | None = None  # where a person may read it


class ArticleWithdrawn(RegisterEvent, frozen=True, kw_only=True):
    """An article is not to be found any more. It may be published again, as a next version."""

    TYPE: ClassVar[str] = "article_withdrawn"
    KIND: ClassVar[str] = KIND

    article_id: str
    article_version: int  # the one that stood until now


def register_id_of(article_id: str) -> str:
    """Return the id under which an article stands in the register: its own, where it may.

    Ids of other systems hold dots, slashes and spaces, which subjects cannot.
    """
    if is_id(article_id) and not article_id.startswith(_DIGESTED):
        return article_id
    return _DIGESTED + hashlib.sha256(article_id.encode()).hexdigest()[:_DIGEST_DIGITS]
