"""What guidance measures of its work."""

from prometheus_client import Counter, Histogram

NODE_SECONDS = Histogram(
    "antiphon_guidance_node_seconds",
    "How long a node of the inference graph took.",
    ["kind"],
    # Words and conditions take microseconds, models up to their deadlines.
    buckets=(0.00005, 0.0001, 0.0005, 0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5),
)
NODES = Counter(
    "antiphon_guidance_nodes_total",
    "What came of the nodes of the inference graph.",
    ["kind", "outcome"],
)
