"""The list of topics that a tenant's contacts are told apart by: what holds, and another."""

from typing import Annotated

import structlog
from litestar import Controller, get, put
from litestar.di import NamedDependency, Provide
from litestar.params import JSONBody
from msgspec import Meta, Struct

from ..commands.topics import PublishTopics, TopicLists
from ..events.base import Position, TenantName
from ..events.topics import Topic
from .fields import check_body
from .playbooks import Asking, provide_asking

log = structlog.get_logger()

_Text = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]*$")]


class TopicBody(Struct, frozen=True, kw_only=True):
    """Something contacts are about."""

    name: _Text
    title: _Text
    phrases: tuple[_Text, ...] = ()
    examples: tuple[_Text, ...] = ()


class TopicsBody(Struct, frozen=True, kw_only=True):
    """A whole list: it replaces the one before."""

    topics: tuple[TopicBody, ...]
    products: tuple[_Text, ...] = ()


class TopicsTold(Struct, frozen=True, kw_only=True):
    """The list that holds. `version` is None where none was published: the built-in one holds."""

    version: str | None
    topics: tuple[Topic, ...] = ()
    products: tuple[str, ...] = ()


class TopicsDone(Struct, frozen=True, kw_only=True):
    """What was asked is so, at this position of the register."""

    version: str | None
    position: Position
    repeated: bool  # it was so already


class TopicController(Controller):
    path = "/v1/topics"
    tags = ["insights"]  # noqa: RUF012 (the framework declares it so)
    dependencies = {"asking": Provide(provide_asking, sync_to_thread=False)}  # noqa: RUF012 (as above)
    before_request = check_body

    @get()
    async def now(
        self, tenant: NamedDependency[TenantName], topic_lists: NamedDependency[TopicLists]
    ) -> TopicsTold:
        """Return the list that holds."""
        held = await topic_lists.current(tenant)
        if held is None:
            return TopicsTold(version=None)
        return TopicsTold(version=held.version, topics=held.topics, products=held.products)

    @put()
    async def publish(
        self,
        data: JSONBody[TopicsBody],
        asking: NamedDependency[Asking],
        topic_lists: NamedDependency[TopicLists],
    ) -> TopicsDone:
        """Tell contacts apart by another list from now on. One that cannot hold changes nothing."""
        outcome = await topic_lists.publish(
            asking.tenant,
            PublishTopics(
                topics=tuple(
                    Topic(
                        name=one.name,
                        title=one.title,
                        phrases=one.phrases,
                        examples=one.examples,
                    )
                    for one in data.topics
                ),
                products=data.products,
            ),
            command_id=asking.command_id,
            actor=asking.actor,
        )
        held = await topic_lists.current(asking.tenant)
        version = None if held is None else held.version
        log.info(
            "topics_published",
            tenant=asking.tenant,
            version=version,
            position=outcome.position,
            repeated=outcome.repeated,
        )
        return TopicsDone(version=version, position=outcome.position, repeated=outcome.repeated)
