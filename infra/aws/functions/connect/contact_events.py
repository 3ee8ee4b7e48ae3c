"""Connect's contact events on EventBridge, and what they tell.

Best effort and in no order, so each tells everything that it knows: who missed the agent's
connection learns it from the end. Keys come in more than one case.

Source: "Contact events" of the Amazon Connect administrator guide.
"""

from collections.abc import Collection

from .commands import Told, connect_agent, end
from .reading import Malformed, instant, is_voice, of, required_id, text

DETAIL_TYPE = "Amazon Connect Contact Event"

_CONNECTED = "CONNECTED_TO_AGENT"
_ENDED = frozenset({"DISCONNECTED", "COMPLETED"})
# What they tell Antiphon learns from the flow, or has no use for.
_NO_NEWS = frozenset(
    {"INITIATED", "QUEUED", "CONNECTED_TO_SYSTEM", "CONTACT_DATA_UPDATED", "AMD_DISABLED"}
)


def told_by(event: object, *, instance_arns: Collection[str]) -> Told:
    """Return what an EventBridge event tells.

    Raises:
        Malformed: it lacks what its kind always has, or holds something else there.
    """
    if text(event, "detail-type") != DETAIL_TYPE:
        return Told(passed_over="other_detail_type")
    detail = of(event, "detail")
    if text(detail, "instanceArn") not in instance_arns:
        return Told(passed_over="instance_not_allowed")
    if not is_voice(detail, "channel"):
        return Told(passed_over="channel_not_voice")
    kind = (text(detail, "eventType") or "").upper()
    if kind in _NO_NEWS:
        return Told(passed_over="no_news")
    if kind != _CONNECTED and kind not in _ENDED:
        return Told(passed_over="unknown_event_type")
    return _told(event, detail, kind)


def _told(event: object, detail: object, kind: str) -> Told:
    contact_id, happened_at = required_id(detail, "contactId"), instant(event, "time")
    connected = connect_agent(
        contact_id,
        text(detail, "agentInfo", "agentArn"),
        at=instant(detail, "agentInfo", "connectedToAgentTimestamp")
        or (happened_at if kind == _CONNECTED else None),
    )
    if kind == _CONNECTED:
        if not connected:
            raise Malformed("detail.agentInfo", "names no agent, or no instant")
        return Told(connected, told_at=happened_at)

    ended_at = instant(detail, "disconnectTimestamp") or happened_at
    if ended_at is None:
        raise Malformed("detail.disconnectTimestamp", "is missing")
    ended = end(contact_id, at=ended_at, reason=text(detail, "disconnectReason"))
    return Told((*connected, ended), told_at=happened_at)
