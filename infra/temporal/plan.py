"""The workflow as Temporal replays it: which step follows, and how long one may take.

Knows nothing of what a step does, and imports nothing of it: Temporal runs this again from its
own history, wherever a worker died.
"""

from dataclasses import dataclass
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

NAME = "redaction"
LOOK = "redaction_look"
ADVANCE = "redaction_advance"
NOTHING = "nothing"  # a step's name: there is none to be done

_LOOK_S = 60.0  # reads one contact's facts
_STEP_S = 12 * 3_600.0  # the longest call there is, heard again at half its speed
# While the log or the store is away. As long as that lasts: an outage is nobody's fault.
_AGAIN = RetryPolicy(
    initial_interval=timedelta(seconds=0.5),
    backoff_coefficient=2.0,
    maximum_interval=timedelta(seconds=30),
)


@dataclass(frozen=True)
class Carried:
    """Which contact, in which round. Ids, and nothing of a person."""

    tenant: str
    contact_id: str
    round: int
    heartbeat_s: float  # after so much silence a step is given to another worker


@workflow.defn(name=NAME)
class RedactionWorkflow:
    """Has steps done until there is none."""

    def __init__(self) -> None:
        self._steps: list[str] = []

    @workflow.run
    async def run(self, carried: Carried) -> list[str]:
        """Return the names of the steps that were done."""
        while True:
            step: str = await workflow.execute_activity(
                LOOK,
                carried,
                result_type=str,
                start_to_close_timeout=timedelta(seconds=_LOOK_S),
                retry_policy=_AGAIN,
            )
            if step == NOTHING:
                return self._steps
            done: str = await workflow.execute_activity(
                ADVANCE,
                carried,
                result_type=str,
                start_to_close_timeout=timedelta(seconds=_STEP_S),
                heartbeat_timeout=timedelta(seconds=carried.heartbeat_s),
                retry_policy=_AGAIN,
                summary=step,
            )
            self._steps.append(done)

    @workflow.query
    def steps(self) -> list[str]:
        """Return the names of the steps that are done so far."""
        return self._steps
