"""A reader starts where its selector says, and then follows what is being spoken."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from antiphon.infra.simulator.simulator import Playing, Simulator

from .clocks import MovableClock
from .reading import Signature, body_of, documents_in, documents_of, noise, refused

FRAGMENT_S = 1.024
FOUR_FRAGMENTS = 4 * 8_192
SERVER_SKEW_S = 0.966  # how far the service's clock is behind the producer's


def spoken(simulator: Simulator, clock: MovableClock, *, ago_s: float) -> Playing:
    """Return a call of four fragments that began so long ago."""
    started_at = clock.now() - timedelta(seconds=ago_s)
    return simulator.play(noise(FOUR_FRAGMENTS), contact_id="c-1", started_at=started_at)


async def indexes(simulator: Simulator, playing: Playing, selector: dict[str, Any]) -> list[int]:
    """Return which of the call's fragments a reader gets."""
    numbers = [int(playing.fragment_number(n)) for n in range(playing.fragment_count)]
    documents = await documents_of(simulator.url, playing.media.stream_arn, selector)
    return [numbers.index(document.number) for document in documents]


def after(number: str) -> dict[str, Any]:
    return {"StartSelectorType": "FRAGMENT_NUMBER", "AfterFragmentNumber": number}


def timestamped(playing: Playing, kind: str, offset_s: float) -> dict[str, Any]:
    started_s = playing.media.started_at.timestamp()
    return {"StartSelectorType": f"{kind}_TIMESTAMP", "StartTimestamp": started_s + offset_s}


async def test_a_fragment_number_means_the_fragment_after_it(
    simulator: Simulator, clock: MovableClock
) -> None:
    playing = spoken(simulator, clock, ago_s=60)

    read = await indexes(simulator, playing, after(playing.fragment_number(1)))

    assert read == [2, 3]


async def test_after_the_last_fragment_comes_nothing_and_a_clean_end(
    simulator: Simulator, clock: MovableClock
) -> None:
    playing = spoken(simulator, clock, ago_s=60)

    body = await body_of(
        simulator.url, playing.media.stream_arn, after(playing.fragment_number(-1))
    )

    assert body == b""


async def test_a_token_goes_on_behind_the_fragment_that_it_came_with(
    simulator: Simulator, clock: MovableClock
) -> None:
    playing = spoken(simulator, clock, ago_s=60)
    first, *_ = await documents_of(simulator.url, playing.media.stream_arn)
    token = first.tag("AWS_KINESISVIDEO_CONTINUATION_TOKEN")

    selector = {"StartSelectorType": "CONTINUATION_TOKEN", "ContinuationToken": token}
    read = await indexes(simulator, playing, selector)

    assert read == [1, 2, 3]


@pytest.mark.parametrize(
    ("offset_s", "expected"),
    [
        pytest.param(-2.0, [0, 1, 2, 3], id="before the call"),
        pytest.param(0.0, [0, 1, 2, 3], id="its first sample"),
        pytest.param(FRAGMENT_S, [1, 2, 3], id="the second fragment's first sample"),
        pytest.param(2.5 * FRAGMENT_S, [2, 3], id="within the third fragment"),
        pytest.param(60.0, [], id="after the call"),
    ],
)
@pytest.mark.parametrize(("kind", "skew_s"), [("PRODUCER", 0.0), ("SERVER", -SERVER_SKEW_S)])
async def test_a_timestamp_means_the_fragment_that_contains_it(
    simulator: Simulator,
    clock: MovableClock,
    *,
    kind: str,
    skew_s: float,
    offset_s: float,
    expected: list[int],
) -> None:
    playing = spoken(simulator, clock, ago_s=60)

    read = await indexes(simulator, playing, timestamped(playing, kind, offset_s + skew_s))

    assert read == expected


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        pytest.param("EARLIEST", [0, 1, 2, 3], id="everything that is stored"),
        pytest.param("NOW", [2, 3], id="what is being spoken"),
    ],
)
async def test_reading_goes_on_from_what_is_stored_to_what_is_spoken(
    simulator: Simulator, clock: MovableClock, selector: str, expected: list[int]
) -> None:
    playing = spoken(simulator, clock, ago_s=2.5 * FRAGMENT_S)
    assert not playing.is_finished

    read = await indexes(simulator, playing, {"StartSelectorType": selector})

    assert read == expected
    assert playing.is_finished


async def test_now_on_a_stream_where_nobody_speaks_waits_for_the_next_call(
    simulator: Simulator, clock: MovableClock
) -> None:
    playing = spoken(simulator, clock, ago_s=60)
    later = simulator.play(
        noise(FOUR_FRAGMENTS),
        contact_id="c-2",
        stream_arn=playing.media.stream_arn,
        started_at=clock.now() + timedelta(seconds=2),
    )

    documents = await documents_of(
        simulator.url, playing.media.stream_arn, {"StartSelectorType": "NOW"}
    )

    assert {document.contact_id for document in documents} == {"c-2"}
    assert len(documents) == later.fragment_count


async def test_a_number_that_no_fragment_bears_is_told_in_the_body(
    simulator: Simulator, clock: MovableClock
) -> None:
    playing = spoken(simulator, clock, ago_s=60)
    nobody = str(int(playing.media.start_fragment_number) - 1)

    body = await body_of(simulator.url, playing.media.stream_arn, after(nobody))

    assert b"AWS_KINESISVIDEO_ERROR_ID" in body
    assert b"4000" in body


@pytest.mark.parametrize(
    "selector",
    [
        pytest.param({}, id="without a type"),
        pytest.param({"StartSelectorType": "LATEST"}, id="of an unknown type"),
        pytest.param({"StartSelectorType": "FRAGMENT_NUMBER"}, id="without its number"),
        pytest.param(after("12a"), id="with a number that is none"),
        pytest.param({"StartSelectorType": "PRODUCER_TIMESTAMP"}, id="without its timestamp"),
        pytest.param({"StartSelectorType": "CONTINUATION_TOKEN"}, id="without its token"),
    ],
)
async def test_a_selector_is_refused(
    simulator: Simulator, clock: MovableClock, selector: dict[str, Any]
) -> None:
    playing = spoken(simulator, clock, ago_s=60)

    error = await refused(simulator.url, playing.media.stream_arn, selector)

    assert error == "InvalidArgumentException"


async def test_a_stream_may_be_named_instead_of_its_arn(
    simulator: Simulator, clock: MovableClock
) -> None:
    playing = spoken(simulator, clock, ago_s=60)
    name = playing.media.stream_arn.split("/")[1]

    async with httpx.AsyncClient(auth=Signature()) as client:
        answer = await client.post(
            f"{simulator.url}/getMedia",
            json={"StreamName": name, "StartSelector": {"StartSelectorType": "EARLIEST"}},
        )

    assert len(documents_in(answer.content)) == playing.fragment_count
