"""What may be asked of a tenant's list of topics: let another hold from now on."""

from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec import Struct

from ..errors import Malformed
from ..events.base import TenantName
from ..events.register import Register
from ..events.topics import ID, Topic, TopicsPublished
from .handle import Outcome
from .holding_one import HoldingOne
from .holding_one import version_of as content_version
from .lists import check_count, check_name, check_once, check_texts

TOPICS_MAX = 200
TEXTS_MAX = 100  # phrases, or examples, of a topic
PRODUCTS_MAX = 1_000


class PublishTopics(Struct, frozen=True, kw_only=True):
    """Tell contacts apart by this list from now on."""

    topics: tuple[Topic, ...]
    products: tuple[str, ...] = ()


def decide(held: TopicsPublished | None, command: PublishTopics) -> TopicsPublished | None:
    """Return the fact a command makes true; None: that list holds already.

    Raises:
        Malformed: a name is none or stands twice, a topic tells nothing, there is too much.
    """
    check(command.topics, command.products)
    version = version_of(command.topics, command.products)
    if held is not None and held.version == version:
        return None
    return TopicsPublished(version=version, topics=command.topics, products=command.products)


def version_of(topics: Sequence[Topic], products: Sequence[str]) -> str:
    """Return the version of a list: the same list has the same."""
    return content_version((topics, products))


def check(topics: Sequence[Topic], products: Sequence[str]) -> None:
    """Raise Malformed, which names the field, for a list that cannot hold."""
    check_count("topics", topics, TOPICS_MAX)
    check_count("products", products, PRODUCTS_MAX)
    check_once("topics", [topic.name for topic in topics])
    for number, topic in enumerate(topics, start=1):
        _check_topic(f"topics[{number}]", topic)
    check_texts("products", products)


def _check_topic(where: str, topic: Topic) -> None:
    check_name(f"{where}.name", topic.name)
    check_texts(f"{where}.title", (topic.title,))
    if not topic.phrases and not topic.examples:
        raise Malformed(where, "has neither phrases nor examples")
    for field, texts in (("phrases", topic.phrases), ("examples", topic.examples)):
        check_count(f"{where}.{field}", texts, TEXTS_MAX)
        check_texts(f"{where}.{field}", texts)


class TopicLists:
    """Handles commands about lists of topics, and tells which list holds."""

    def __init__(self, register: Register, *, now: Callable[[], datetime]) -> None:
        self._held = HoldingOne(register, fact=TopicsPublished, id=ID, now=now)

    async def current(self, tenant: TenantName) -> TopicsPublished | None:
        """Return the list that holds; None: the tenant has published none.

        Raises:
            HistoryUnreadable: another version published it.
            LogUnavailable: no answer; asking again is safe.
        """
        return await self._held.current(tenant)

    async def publish(
        self, tenant: TenantName, command: PublishTopics, *, command_id: str, actor: str
    ) -> Outcome:
        """Let a list hold from now on.

        Raises:
            Malformed: it cannot hold; what held goes on holding.
            LogUnavailable: no answer; repeating the call is safe.
        """
        return await self._held.publish(
            tenant, lambda held: decide(held, command), command_id=command_id, actor=actor
        )
