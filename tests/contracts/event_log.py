"""What every EventLog must do. Run by `tests/infra/test_event_log.py` for each adapter."""

from .appending import AppendContract, BatchContract, RepeatContract
from .following import FollowContract
from .posting import PostContract
from .reading import PointContract, ReadContract, StateContract


class EventLogContract(
    AppendContract,
    RepeatContract,
    BatchContract,
    PostContract,
    ReadContract,
    PointContract,
    StateContract,
    FollowContract,
):
    """All of it."""
