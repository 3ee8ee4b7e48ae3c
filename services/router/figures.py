"""What models cost and how they fare, for Prometheus. No label says who asked, or what."""

from prometheus_client import Counter, Gauge, Histogram

_S = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)

REQUESTS = Counter(
    "antiphon_model_requests",
    "Requests to models, by how they ended: `answered`, or why they were not.",
    ["model", "task", "outcome"],
)
SECONDS = Histogram(
    "antiphon_model_seconds",
    "How long a request took that was answered.",
    ["model", "task"],
    buckets=_S,
)
TOKENS = Counter("antiphon_model_tokens", "Tokens used, as the endpoints say.", ["model"])
SECOND_REQUESTS = Counter(
    "antiphon_model_second_requests",
    "Requests asked again: `hedge`, beside one that is slow; `retry`, after one that failed.",
    ["model", "why"],
)
HEDGES_WON = Counter(
    "antiphon_model_hedges_won",
    "Hedges that were answered before what they stood beside.",
    ["model"],
)
UNDER_WAY = Gauge("antiphon_model_endpoint_under_way", "Requests at an endpoint.", ["endpoint"])
WELL = Gauge("antiphon_model_endpoint_well", "1 while an endpoint takes requests.", ["endpoint"])
EMBEDDED = Counter("antiphon_embedder_texts", "Texts embedded in this process.", ["kind"])
EMBEDDING_S = Histogram(
    "antiphon_embedder_seconds", "How long a request to the embedder took.", ["kind"], buckets=_S
)
