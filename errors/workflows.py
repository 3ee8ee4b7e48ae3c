"""What drives long work does not answer."""

from .roots import Fault


class WorkflowsUnavailable(Fault):
    """Temporal does not answer. What it was given goes on once it does."""

    code = "workflows_unavailable"

    def __init__(self, target: str) -> None:
        super().__init__(f"Temporal at {target} does not answer")
        self.target = target
