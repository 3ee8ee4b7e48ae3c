"""Playbooks and policies, put together: what hands them out, and what publishes them."""

from collections.abc import Collection, Sequence

from ..commands.playbook import Playbooks
from ..commands.policy import Policies
from ..services.guidance.judging import judge_playbook, judge_policy
from ..services.guidance.library import Library
from ..services.guidance.playbook import Playbook
from .parts import Parts, now
from .playbook_files import built_in_names


def library_of(parts: Parts, built_in: Sequence[Playbook]) -> Library:
    """Return what every tenant's playbooks are asked of. Somebody has to run it.

    `built_in` come with Antiphon, the default one first.
    """
    return Library(parts.register, built_in=built_in)


def publishing(parts: Parts) -> tuple[Playbooks, Policies]:
    """Return what handles commands about playbooks and policies."""

    def judge(content: str, published: Collection[str]) -> str:
        return judge_policy(content, {*published, *built_in_names()})

    return (
        Playbooks(parts.register, judge=judge_playbook, now=now),
        Policies(parts.register, judge=judge, now=now),
    )
