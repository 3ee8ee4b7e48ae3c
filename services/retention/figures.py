"""What retention did and could not do, for Prometheus."""

from prometheus_client import Counter, Gauge

DELETED = Counter(
    "antiphon_retention_deleted_total",
    "Kinds of contacts' data that were deleted because their time was over.",
    ["tenant", "kind"],
)
ARCHIVED = Counter(
    "antiphon_retention_archived_total",
    "Kinds of contacts' data that were found to stand in the archive.",
    ["tenant"],
)
OBJECTS = Counter(
    "antiphon_retention_objects_deleted_total",
    "Objects of recordings that were deleted because their time was over.",
    ["tenant"],
)
FAILED = Counter(
    "antiphon_retention_failures_total",
    "Contacts that could not be looked at, each time.",
    ["tenant", "problem"],
)
KEPT_BACK = Gauge(
    "antiphon_retention_kept_back",
    "Contacts whose time is over and that a legal hold keeps, in the last sweep.",
    ["tenant"],
)
UNARCHIVED = Gauge(
    "antiphon_retention_unarchived",
    "Contacts that have to be archived and are not in the archive, in the last sweep.",
    ["tenant"],
)
CONTRADICTED = Gauge(
    "antiphon_retention_contradicted",
    "Rules of object stores that contradict the policy, when they were looked at last.",
    ["tenant"],
)
SWEPT = Gauge(
    "antiphon_retention_swept_timestamp_seconds",
    "When the last sweep of a tenant was complete.",
    ["tenant"],
)
