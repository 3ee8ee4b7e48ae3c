"""Playbooks and policies, put together: what hands them out, and what publishes them."""

from collections.abc import Collection

from ..commands.playbook import Playbooks
from ..commands.policy import Policies
from ..services.guidance.judging import judge_playbook, judge_policy
from ..services.guidance.library import Library
from ..services.guidance.playbook import built_in_playbook
from .parts import Parts, now
from .playbook_files import built_in_names


def library_of(parts: Parts) -> Library:
    """Return what every tenant's playbooks are asked of. Somebody has to run it."""
    default = built_in_playbook()
    others = [built_in_playbook(name) for name in built_in_names() if name != default.name]
    return Library(parts.register, built_in=[default, *others])


def publishing(parts: Parts) -> tuple[Playbooks, Policies]:
    """Return what handles commands about playbooks and policies."""

    def judge(content: str, published: Collection[str]) -> str:
        return judge_policy(content, {*published, *built_in_names()})

    return (
        Playbooks(parts.register, judge=judge_playbook, now=now),
        Policies(parts.register, judge=judge, now=now),
    )
