"""Figures of hearing, for Prometheus. By tenant and kind: no contact has a label of its own."""

from prometheus_client import Counter, Gauge, Histogram

BEHIND = Histogram(
    "antiphon_media_behind_seconds",
    "How far behind the newest fragment of its stream each fragment was sent to us.",
    ["tenant"],
    # A fragment lasts a second; beyond the last, audio is no longer of use to the agent.
    buckets=(0.1, 0.25, 0.5, 1, 1.5, 2, 3, 5, 10, 30, 60, 300),
)
BEHIND_MOST = Gauge(
    "antiphon_media_behind_most_seconds",
    "How far behind the contact is that is furthest behind of those being read now.",
    ["tenant"],
)
READING = Gauge("antiphon_media_streams_reading", "Streams being read now.", ["tenant"])
INTERRUPTED = Counter(
    "antiphon_media_interruptions_total",
    "Bodies that failed, by what is done about it.",
    ["tenant", "kind"],
)
CLOSED = Counter(
    "antiphon_media_streams_closed_total", "Streams read to their end.", ["tenant", "reason"]
)
REFUSED = Counter(
    "antiphon_media_refusals_total",
    "Streams that were not let in at once, by what there was too little of.",
    ["tenant", "reason"],
)
WAITING = Gauge("antiphon_media_streams_waiting", "Streams that wait to be let in.")
REPAIRED = Counter(
    "antiphon_media_repairs_total",
    "Contacts whose missing audio was looked for after their end, by what came of it.",
    ["tenant", "outcome"],
)
REPAIRED_S = Counter(
    "antiphon_media_repaired_seconds_total",
    "Audio of one track that was found after the contact's end.",
    ["tenant"],
)
CATCHING_UP = Counter(
    "antiphon_media_catch_up_wait_seconds_total",
    "Waited before reading on, so that calls that are behind leave room for those that are not.",
)
