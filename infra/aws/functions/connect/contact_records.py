"""Connect's contact records, and what they tell: the last word on who had a contact and its end.

They come minutes after the end, at least once: what an event lost on its way told is told here,
and what it told wrongly is put right. The end comes first: an agent who took the contact after
an end that was told too early would be late news otherwise.

Source: "Contact records data model" of the Amazon Connect administrator guide.
"""

from collections.abc import Collection

from .commands import Told, connect_agent, correct_end
from .reading import instant, is_voice, of, required_id, text


def told_by(record: object, *, instance_arns: Collection[str]) -> Told:
    """Return what a contact record tells.

    Raises:
        Malformed: it lacks what it always has, or holds something else there.
    """
    if text(record, "InstanceARN") not in instance_arns:
        return Told(passed_over="instance_not_allowed")
    if not is_voice(record, "Channel"):
        return Told(passed_over="channel_not_voice")
    contact_id = required_id(record, "ContactId")
    agent, told_at = of(record, "Agent"), instant(record, "LastUpdateTimestamp")
    connected = connect_agent(
        contact_id, text(agent, "ARN"), at=instant(agent, "ConnectedToAgentTimestamp")
    )
    ended_at = instant(record, "DisconnectTimestamp")
    if ended_at is None:
        # Source: contact record model: a record may be written before the contact is over.
        return Told(connected, None if connected else "no_news", told_at)
    ended = correct_end(
        contact_id, at=ended_at, reason=text(record, "DisconnectReason"), told_at=told_at
    )
    return Told((ended, *connected), told_at=told_at)
