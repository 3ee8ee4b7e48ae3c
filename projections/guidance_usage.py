"""What became of cues, counted: by cue, by version of a playbook, by arm of an experiment."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, get_args

from msgspec import Struct

from ..events.guidance import WithheldReason
from .generations import read_together
from .guidance_usage_rows import READS, SCHEMA, TABLES, project
from .projection import Projection
from .shares import interval_95
from .store import Connection

By = Literal["cue", "playbook_version", "experiment"]
WAYS: tuple[By, ...] = get_args(By)

# Playbooks have some dozen cues, and a few versions hold in a month.
ROWS_MAX = 5_000

_REASONS: tuple[str, ...] = get_args(WithheldReason)

_GROUPS: Mapping[By, tuple[str, ...]] = {
    "cue": ("cue",),
    "playbook_version": ("cue", "playbook", "playbook_version"),
    "experiment": ("experiment", "arm", "cue"),
}

# An agent who answered a cue saw it, whatever the desk could tell.
_EARNED = """
SELECT cue.*, coalesce(shown_at, used_at, dismissed_at) AS seen_at
  FROM usage_cue AS cue
  LEFT JOIN usage_contact AS contact USING (contact_id)
 WHERE cue.cue IS NOT NULL
   AND ($1::timestamptz IS NULL OR cue.earned_at >= $1)
   AND ($2::timestamptz IS NULL OR cue.earned_at < $2)
   AND ($3::text IS NULL OR contact.queue = $3)
"""

_WITHHELD = ", ".join(
    f"count(*) FILTER (WHERE issued_at IS NULL AND withheld = '{reason}') AS withheld_{reason}"
    for reason in _REASONS
)

_COUNTED = f"""
       count(DISTINCT contact_id)                                    AS contacts,
       count(issued_at)                                              AS issued,
       count(seen_at)                                                AS shown,
       count(used_at)                                                AS used,
       count(*) FILTER (WHERE used_at IS NULL AND dismissed_at IS NOT NULL) AS dismissed,
       count(*) FILTER (WHERE coalesce(used_at, dismissed_at) IS NULL
                          AND expired_at IS NOT NULL)                AS expired,
       percentile_cont(0.5) WITHIN GROUP (
           ORDER BY extract(epoch FROM used_at - coalesce(shown_at, issued_at))) AS to_use_p50_s,
       {_WITHHELD}
"""

_TAKING_PART = """
SELECT experiment, arm, count(*) AS contacts
  FROM usage_arm LEFT JOIN usage_contact AS contact USING (contact_id)
 WHERE ($1::timestamptz IS NULL OR pinned_at >= $1)
   AND ($2::timestamptz IS NULL OR pinned_at < $2)
   AND ($3::text IS NULL OR contact.queue = $3)
 GROUP BY experiment, arm ORDER BY experiment, arm
"""


class CueUsage(Struct, frozen=True, kw_only=True):
    """What became of a cue; with `cue` None: of all cues of an arm."""

    cue: str | None
    playbook: str | None = None  # None: of whichever
    playbook_version: str | None = None
    experiment: str | None = None
    arm: str | None = None
    contacts: int  # that earned it
    issued: int
    shown: int  # that an agent saw, as far as the desk told, or they answered
    used: int
    dismissed: int
    expired: int  # before the agent answered
    withheld: dict[str, int]  # for good, by reason
    to_use_p50_s: float | None  # from showing to use; None: none was used
    used_of_shown: float | None  # None: none was shown
    interval_95: tuple[float, float]  # Wilson's


class Arm(Struct, frozen=True, kw_only=True):
    """How many contacts fell to an arm, whether they earned a cue or not."""

    experiment: str
    arm: str
    contacts: int


class Usage(Struct, frozen=True, kw_only=True):
    """What became of the cues that were earned in a time."""

    by: By
    rows: tuple[CueUsage, ...]
    complete: bool  # False: there are more rows than are told
    arms: tuple[Arm, ...] = ()


async def usage_of(
    connection: Connection,
    *,
    earned_from: datetime | None,
    earned_to: datetime | None,
    queue: str | None,
    by: By,
    rows_max: int = ROWS_MAX,
) -> Usage:
    """Return what became of cues, told apart `by` something; of a queue, or of all.

    Raises:
        StoreUnavailable: the read model was never built here.
    """
    narrowed = (earned_from, earned_to, queue)

    async def read() -> Usage:
        rows = await connection.fetch(_query(by), *narrowed, rows_max + 1)
        arms = await connection.fetch(_TAKING_PART, *narrowed) if by == "experiment" else []
        return Usage(
            by=by,
            rows=tuple(_row(dict(one)) for one in rows[:rows_max]),
            complete=len(rows) <= rows_max,
            arms=tuple(Arm(**dict(one)) for one in arms),
        )

    return await read_together(connection, (PROJECTION,), read)


def _query(by: By) -> str:
    names = ", ".join(_GROUPS[by])
    joined, grouped = "", names
    if by == "experiment":
        joined = "JOIN usage_arm USING (contact_id)"
        # Arms have other cues: what they are compared by is all of them together.
        grouped = f"GROUPING SETS ((experiment, arm), ({names}))"
    return f"""
    WITH earned AS ({_EARNED})
    SELECT {names}, {_COUNTED} FROM earned {joined}
     GROUP BY {grouped} ORDER BY {names} LIMIT $4
    """


def _row(told: dict[str, Any]) -> CueUsage:
    counts = {reason: told.pop(f"withheld_{reason}") for reason in _REASONS}
    used, shown = told["used"], told["shown"]
    return CueUsage(
        **told,
        withheld={reason: count for reason, count in counts.items() if count},
        used_of_shown=used / shown if shown else None,
        interval_95=interval_95(used, shown),
    )


PROJECTION = Projection(
    name="guidance_usage",
    version=2,
    tables=TABLES,
    schema=SCHEMA,
    project=project,
    reads=READS,
    skips_unread=True,
)
