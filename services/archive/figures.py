"""How far the archive is, for Prometheus."""

from prometheus_client import Gauge

LAG = Gauge("antiphon_archive_lag_positions", "Recorded and not yet archived.", ["stream"])
AGE = Gauge(
    "antiphon_archive_oldest_seconds",
    "Age of the oldest fact that is not yet archived.",
    ["stream"],
)
LOST = Gauge(
    "antiphon_archive_facts_lost",
    "1 while the log begins after what has yet to be archived: facts are gone.",
    ["stream"],
)
LATE = Gauge(
    "antiphon_archive_late",
    "1 while the oldest unarchived fact nears the age at which the log lets go of it.",
    ["stream"],
)
