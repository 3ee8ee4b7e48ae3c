"""How another process places calls: POST /calls, GET /calls/{contact_id}, faults, hanging up.

From this machine only: a recording is named by its path here.
"""

from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import unquote

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from ...errors import ContactUnknown, Malformed
from .faults import NO_FAULTS, Faults
from .stream import Pacing
from .wire import Answer, Request

if TYPE_CHECKING:
    from .simulator import Playing, Simulator

ContactId = Annotated[str, Meta(min_length=1, max_length=256)]  # the length that Connect allows


class PlaceCall(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /calls; see `Simulator.play`."""

    wav: str
    contact_id: ContactId
    instance_arn: str | UnsetType = UNSET
    speed: float = 1.0
    pacing: Pacing = "block"
    faults: Faults = NO_FAULTS
    stream_arn: str | None = None
    started_at: Annotated[datetime, Meta(tz=True)] | None = None
    first_sample: Annotated[int, Meta(ge=0)] = 0
    sample_count: Annotated[int, Meta(ge=1)] | None = None


class Control:
    """Translates between HTTP and the simulator."""

    def __init__(self, simulator: "Simulator") -> None:
        self._simulator = simulator

    def answer(self, request: Request) -> Answer:
        """Answer a request that is not one of the service's."""
        if not request.from_loopback:
            return _problem(HTTPStatus.FORBIDDEN, "forbidden", "only from this machine")
        try:
            return self._routed(request)
        except (Malformed, msgspec.DecodeError) as error:
            return _problem(HTTPStatus.UNPROCESSABLE_ENTITY, Malformed.code, str(error))
        except ContactUnknown as error:
            return _problem(HTTPStatus.NOT_FOUND, error.code, str(error))

    def _routed(self, request: Request) -> Answer:
        parts = [unquote(part) for part in request.path.strip("/").split("/")]
        match request.method, parts:
            case "POST", ["calls"]:
                return Answer(HTTPStatus.CREATED, _placed(self._place(request.body)))
            case "GET", ["calls", contact_id]:
                return Answer(HTTPStatus.OK, _progress(self._simulator.playing(contact_id)))
            case "POST", ["calls", contact_id, "faults"]:
                faults = msgspec.json.decode(request.body, type=Faults)
                playing = self._simulator.playing(contact_id)
                playing.suffer(faults)
                return Answer(HTTPStatus.OK, _progress(playing))
            case "POST", ["calls", contact_id, "hang-up"]:
                playing = self._simulator.playing(contact_id)
                playing.hang_up()
                return Answer(HTTPStatus.OK, _progress(playing))
            case _:
                message = f"{request.method} {request.path} is not served here"
                return _problem(HTTPStatus.NOT_FOUND, "not_served", message)

    def _place(self, body: bytes) -> "Playing":
        asked = msgspec.json.decode(body, type=PlaceCall)
        instance: dict[str, Any] = {}
        if asked.instance_arn is not UNSET:
            instance["instance_arn"] = asked.instance_arn
        return self._simulator.play(
            Path(asked.wav),
            contact_id=asked.contact_id,
            speed=asked.speed,
            pacing=asked.pacing,
            faults=asked.faults,
            stream_arn=asked.stream_arn,
            started_at=asked.started_at,
            first_sample=asked.first_sample,
            sample_count=asked.sample_count,
            **instance,
        )


def _placed(playing: "Playing") -> dict[str, Any]:
    return {
        "contact_id": playing.contact_id,
        "instance_arn": playing.instance_arn,
        "stream_arn": playing.media.stream_arn,
        "start_fragment_number": playing.media.start_fragment_number,
        "started_at": playing.media.started_at.isoformat(),
        "duration_ms": playing.duration_ms,
    }


def _progress(playing: "Playing") -> dict[str, Any]:
    return {
        "contact_id": playing.contact_id,
        "played_ms": playing.played_ms,
        "duration_ms": playing.duration_ms,
        "finished": playing.is_finished,
    }


def _problem(status: HTTPStatus, code: str, message: str) -> Answer:
    return Answer(status, {"code": code, "Message": message})
