"""Tells commands, before anything is published, whether it is a playbook or a policy."""

from collections.abc import Collection

from ...commands.playbook import Judged
from .playbook import parse_playbook
from .policy_file import parse_policy


def judge_playbook(content: str, file: str) -> Judged:
    """Return what a text calls itself. See `commands.playbook.Judge`.

    Raises:
        PlaybookMalformed: it breaks the grammar.
    """
    playbook = parse_playbook(content, file=file)
    return Judged(name=playbook.name, version=playbook.version)


def judge_policy(content: str, playbooks: Collection[str]) -> str:
    """Return which version a text is. See `commands.policy.JudgePolicy`.

    Raises:
        PolicyMalformed: it breaks the grammar, or binds a playbook that is not one of these.
    """
    return parse_policy(content, file="policy.yaml", playbooks=playbooks).version
