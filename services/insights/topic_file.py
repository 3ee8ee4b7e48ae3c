"""A list of topics as people write it, in TOML. `topics.toml` is the built-in one."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from ...commands.topics import PublishTopics, check, version_of
from ...errors import Malformed
from ...events.topics import Topic, TopicsPublished

_FILE = Path(__file__).with_name("topics.toml")

BUILT_IN = "built-in"  # before the version of a list that no tenant published


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    topics: tuple["_Topic", ...] = ()
    products: tuple[str, ...] = ()


class _Topic(Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    title: str
    phrases: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()


def read_topics(text: str) -> PublishTopics:
    """Return the list that a text of TOML holds.

    Raises:
        Malformed: it is none; says where.
    """
    try:
        parsed: dict[str, Any] = tomllib.loads(text)
        told = msgspec.convert(parsed, _File)
    except tomllib.TOMLDecodeError as error:
        raise Malformed("file", str(error)) from error
    except msgspec.ValidationError as error:
        raise Malformed("file", str(error)) from error
    topics = tuple(Topic(**msgspec.structs.asdict(one)) for one in told.topics)
    check(topics, told.products)
    return PublishTopics(topics=topics, products=told.products)


@cache
def built_in_topics() -> TopicsPublished:
    """Return the list that holds for tenants who published none."""
    text = _FILE.read_text(encoding="utf-8")
    told = read_topics(text)
    return TopicsPublished(
        version=f"{BUILT_IN}-{version_of(told.topics, told.products)}",
        topics=told.topics,
        products=told.products,
    )
