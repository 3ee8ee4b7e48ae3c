"""Figures of text that comes from elsewhere, for Prometheus. By tenant: no contact has a label."""

from prometheus_client import Counter, Gauge

BEHIND = Gauge(
    "antiphon_contact_lens_behind_seconds",
    "How far behind its newest record the shard is that is furthest behind.",
    ["tenant", "stream"],
)
SEGMENTS = Counter(
    "antiphon_contact_lens_segments_total",
    "What became of each part of a record; `late` and `gave_up` are words that are lost.",
    ["tenant", "outcome"],
)
UNREAD = Counter(
    "antiphon_contact_lens_unread_total",
    "Records and segments that were of no use, by why.",
    ["tenant", "reason"],
)
DROPPED = Counter(
    "antiphon_contact_lens_records_dropped_total",
    "Records that could be read and were not told, by why.",
    ["tenant", "reason"],
)
INTERRUPTED = Counter(
    "antiphon_contact_lens_interruptions_total",
    "Answers of the stream that were of no use, by what is done about it.",
    ["tenant", "kind"],
)
WAITING = Gauge(
    "antiphon_contact_lens_records_waiting",
    "Records whose contact is not known yet, or whose last words wait for what follows.",
    ["tenant", "stream"],
)
