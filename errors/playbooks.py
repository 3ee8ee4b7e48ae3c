"""What is refused of playbooks and policies."""

from .roots import Refused, Unknown


class PlaybookUnknown(Unknown):
    """The tenant has no such playbook, or not that version of it."""

    code = "playbook_unknown"

    def __init__(self, playbook: str, *, version: str | None = None) -> None:
        what = playbook if version is None else f"{playbook}, version {version}"
        super().__init__(f"no playbook {what} was published")
        self.playbook = playbook
        self.version = version


class PolicyUnknown(Unknown):
    """The tenant has published no policy, or not that version of it."""

    code = "policy_unknown"

    def __init__(self, version: str | None = None) -> None:
        what = "no policy" if version is None else f"no version {version} of the policy"
        super().__init__(f"{what} was published")
        self.version = version


class PlaybookMalformed(Refused):
    """A playbook breaks its written grammar. Names the place, so that its author finds it."""

    code = "playbook_malformed"

    def __init__(self, file: str, line: int, field: str, problem: str) -> None:
        super().__init__(f"{file}, line {line}, {field}: {problem}")
        self.file = file
        self.line = line
        self.field = field
        self.problem = problem


class PolicyMalformed(Refused):
    """A policy breaks its written grammar. Names the place, so that its author finds it."""

    code = "policy_malformed"

    def __init__(self, file: str, line: int, field: str, problem: str) -> None:
        super().__init__(f"{file}, line {line}, {field}: {problem}")
        self.file = file
        self.line = line
        self.field = field
        self.problem = problem
