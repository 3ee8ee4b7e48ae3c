"""What may go wrong with a call, on request. Fragments are counted from 0 within the call."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

Count = Annotated[int, Meta(ge=0)]
Which = Literal["all"] | frozenset[Count]
NONE: frozenset[int] = frozenset()

InBandErrorId = Literal[3002, 4000, 4500, 4501, 4502, 4503, 4504, 4505, 4506, 5000]
IN_BAND_ERRORS: dict[InBandErrorId, str] = {
    3002: "FAILED_TO_WRITE_ERROR",
    4000: "FRAGMENT_NOT_FOUND",
    4500: "KMS_KEY_ACCESS_DENIED",
    4501: "KMS_KEY_DISABLED",
    4502: "KMS_KEY_VALIDATION_ERROR",
    4503: "KMS_KEY_UNAVAILABLE",
    4504: "KMS_KEY_INVALID_USAGE",
    4505: "KMS_KEY_INVALID_STATE",
    4506: "KMS_KEY_NOT_FOUND",
    5000: "INTERNAL_ERROR",
}

HttpErrorType = Literal[
    "ClientLimitExceededException",
    "ConnectionLimitExceededException",
    "InvalidArgumentException",
    "InvalidEndpointException",
    "NotAuthorizedException",
    "ResourceNotFoundException",
    "InternalFailure",
]


class InBandError(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body ends before this fragment with the error's Tags."""

    fragment: Count
    error_id: InBandErrorId


class Stall(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The connection stays open before this fragment, and nothing comes."""

    fragment: Count
    seconds: Annotated[float, Meta(gt=0)] | None = None  # None: until the reader leaves


class RefusedOpens(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The next `times` GetMedia calls for the stream are answered with this error."""

    error: HttpErrorType
    times: Count = 1


class Network(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The way from the service to the reader. By default it takes no time."""

    latency_ms: Annotated[float, Meta(ge=0)] = 0.0
    jitter_ms: Annotated[float, Meta(ge=0)] = 0.0  # up to so much more, for each block anew
    bytes_a_second: Annotated[int, Meta(gt=0)] | None = None  # None: as many as there are


class Faults(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that is wrong with a call. By default nothing is."""

    # How the stored fragments look, to every reader and every time.
    tags: Literal["after", "both"] = "after"  # identity tags after the cluster, or before it too
    tagless_fragments: Which = NONE  # no Tags at all, the fragment's number included
    partially_tagged_fragments: Which = NONE  # the service's own tags, no ContactId
    swapped_fragments: Which = NONE  # track 1 is to_customer; the AUDIO_* tags do not say so
    known_size_fragments: Which = NONE  # the cluster tells its size
    unreadable_fragments: Which = NONE  # garbage where the blocks should stand
    repeated_fragments: Which = NONE  # delivered twice in a row
    undelivered_fragments: Which = NONE  # kept, and left out by GetMedia
    missing_blocks: frozenset[tuple[Count, Count]] = frozenset()  # (fragment, block in it), from 0
    short_blocks: frozenset[tuple[Literal[0, 1], Count]] = frozenset()  # (track, block on it)

    # What happens to connections that read this call.
    cut_after_bytes: Count | None = None  # of the body
    cut_at_fragment: Count | None = None  # in the middle of it
    error_in_band: InBandError | None = None
    stall: Stall | None = None
    times: Count = 1  # so often does a cut, an error or a stall happen; later readers are spared
    refused_opens: RefusedOpens | None = None
    network: Network = Network()


NO_FAULTS = Faults()


def hits(which: Which, fragment: int) -> bool:
    """Return whether a fault that befalls `which` fragments befalls this one."""
    return which == "all" or fragment in which
