"""How one answer goes wrong, told before it is given."""

from typing import Annotated

from msgspec import Meta, Struct


class Misbehaviour(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """As it stands, none. Several may stand together: late, and then wrong."""

    delay_s: Annotated[float, Meta(ge=0)] = 0.0  # answered so much later
    hangs: bool = False  # never answered
    resets: bool = False  # the connection is closed without an answer
    status: Annotated[int, Meta(ge=400, le=599)] | None = None  # answered with this status
    code: str = ""  # what the vendor's error body then gives as its code
    message: str = "As was asked for."  # and as its message
    retry_after: str | None = None  # the header of that name: seconds, or an HTTP date
    body: str | None = None  # sent as it is, whatever it is: no JSON, another shape
    content_type: str = "application/json"
    cut: bool = False  # the connection breaks off in mid-body
    drip_s: Annotated[float, Meta(ge=0)] | None = None  # so long between the bytes of the body
    endless: bool = False  # the body has no end
    # Of what is well-formed, and not what was asked for.
    text: str | None = None  # instead of what was scripted
    finish: str | None = None  # instead of `stop`
    choices: Annotated[int, Meta(ge=0)] | None = None  # instead of one
    silent: bool = False  # the message has no content
    # Vectors and scores.
    drops: Annotated[int, Meta(ge=0)] = 0  # so many of the results are missing
    dimensions: Annotated[int, Meta(ge=1)] | None = None  # instead of those of the model
    not_numbers: bool = False  # they are NaN

    @property
    def is_of_body(self) -> bool:
        """Whether a good answer does not get through whole."""
        return self.cut or self.endless or self.drip_s is not None


GOOD = Misbehaviour()
