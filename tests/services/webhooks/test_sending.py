"""What is sent goes to where it should, in bounded time, and never into our own network."""

from collections.abc import Sequence

import pytest
from antiphon.services.webhooks.port import Answer
from antiphon.services.webhooks.sending import HttpSender

from .receiver import Receiver


def leading_to(*addresses: str):  # type: ignore[no-untyped-def]  # noqa: ANN201
    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return addresses

    return resolve


async def sent(url: str, **given: object) -> Answer:
    async with HttpSender(**given) as sender:  # type: ignore[arg-type]
        return await sender.send(url, {"webhook-id": "m"}, b"{}")


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["10.1.2.3"],
        ["169.254.169.254"],  # a cloud's metadata
        ["192.168.0.9"],
        ["100.64.0.1"],
        ["0.0.0.0"],
        ["224.0.0.1"],
        ["::1"],
        ["fe80::1%eth0"],
        ["fd00::1"],
        ["::ffff:127.0.0.1"],
        ["64:ff9b::7f00:1"],
        ["2002:7f00:1::"],
        ["fec0::1"],  # a site's own, as they once were
        ["3fff::1"],
        ["192.88.99.1"],
        ["168.63.129.16"],  # a cloud's own, within its machines
        ["93.184.215.14", "127.0.0.1"],  # one good address is no pledge for the other
        ["no address"],
    ],
)
async def test_a_name_that_leads_into_a_private_network_is_not_followed(
    crm: Receiver, addresses: list[str]
) -> None:
    answer = await sent(crm.url, resolve=leading_to(*addresses))

    assert answer == Answer(problem="address_forbidden")
    assert crm.connections == 0


async def test_the_connection_goes_to_the_address_that_was_looked_at(crm: Receiver) -> None:
    looks: list[str] = []

    async def resolve(host: str, _port: int) -> Sequence[str]:
        looks.append(host)
        return ["127.0.0.1"] if len(looks) == 1 else ["127.0.0.2"]

    url = crm.url.replace("127.0.0.1", "crm.example")
    answer = await sent(url, resolve=resolve, private_allowed=True)

    assert (answer.status, looks) == (204, ["crm.example"])
    assert crm.requests[0].headers["host"].startswith("crm.example:")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_redirects_are_a_refusal(crm: Receiver, status: int) -> None:
    elsewhere = f"HTTP/1.1 {status} X\r\nlocation: {crm.url}\r\ncontent-length: 0\r\n\r\n"
    crm.answer = lambda _: elsewhere.encode()

    answer = await sent(crm.url, private_allowed=True)

    assert (answer.status, answer.problem, len(crm.requests)) == (status, "refused", 1)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"not http\r\n\r\n", id="another protocol"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"HTTP/1.1 200 OK\r\nx: " + b"y" * 200_000, id="endless head"),
    ],
)
async def test_what_is_no_answer_is_none(crm: Receiver, raw: bytes) -> None:
    crm.answer = lambda _: raw

    answer = await sent(crm.url, private_allowed=True)

    assert answer == Answer(problem="unreachable")


async def test_the_body_of_an_answer_is_not_waited_for(crm: Receiver) -> None:
    crm.answer = lambda _: b"HTTP/1.1 200 OK\r\ncontent-length: 999999999\r\n\r\nsome"

    answer = await sent(crm.url, private_allowed=True)

    assert answer.problem is None


@pytest.mark.parametrize(
    ("told", "understood"),
    [("7", 7.0), ("999999", 3_600.0), ("-1", None), ("Wed, 21 Oct 2026 07:28:00 GMT", None)],
)
async def test_how_long_to_wait_is_understood_within_reason(
    crm: Receiver, told: str, understood: float | None
) -> None:
    busy = f"HTTP/1.1 503 X\r\nretry-after: {told}\r\ncontent-length: 0\r\n\r\n"
    crm.answer = lambda _: busy.encode()

    answer = await sent(crm.url, private_allowed=True)

    assert answer.retry_after_s == understood


async def test_nobody_there_is_unreachable() -> None:
    answers = [
        await sent("http://127.0.0.1:1/", private_allowed=True),
        await sent("https://x.example/", resolve=leading_to()),
        await sent(f"https://{'a' * 70}.example/", resolve=leading_to()),
    ]

    assert {one.problem for one in answers} == {"unreachable"}
