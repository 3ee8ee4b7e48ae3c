"""Several recognisers as one: who is asked, how often, and what becomes of a call meanwhile."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager

import pytest
from antiphon.errors import LanguageUnsupported, RecognizerFailed
from antiphon.events.base import TenantName
from antiphon.services.circuit import Circuit, Pacing
from antiphon.services.transcription.chain import Chain
from antiphon.services.transcription.limits import Limits
from antiphon.services.transcription.patience import Patience
from antiphon.services.transcription.port import Recognition, RecognitionRequest, Recognizer
from msgspec.structs import replace

from ...contracts.recognizer import request
from .scripted import ScriptedRecognizer, Trouble
from .stage import PATIENT, SPOKEN, finished_call, gaps, said

PACING = Pacing()


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


class NeverOpens:
    """A handshake that nobody answers."""

    def __init__(self, *, name: str) -> None:
        self.name = name
        self.sessions = 0

    @asynccontextmanager
    async def open(self, request: RecognitionRequest) -> AsyncGenerator[Recognition]:
        self.sessions += 1
        await asyncio.Event().wait()
        async with ScriptedRecognizer().open(request) as session:
            yield session


def chain(*order: Recognizer, clock: Clock | None = None, pacing: Pacing = PACING) -> Chain:
    return Chain(lambda _: order, now=clock or Clock(), pacing=pacing)


async def name_of(recognizer: Chain, *, deaths: int = 0, tenant: str = "demo") -> str:
    asked = request()
    contact = replace(asked.contact, tenant=TenantName(tenant))
    async with recognizer.open(replace(asked, deaths=deaths, contact=contact)) as session:
        return session.name


async def test_the_first_in_the_order_is_taken() -> None:
    assert await name_of(chain(one("a/1"), one("b/1"))) == "a/1"


async def test_each_tenant_has_an_order_of_its_own() -> None:
    orders: dict[str, Sequence[ScriptedRecognizer]] = {
        "demo": [one("a/1"), one("b/1")],
        "acme": [one("b/1"), one("a/1")],
    }
    by_tenant = Chain(lambda tenant: orders[tenant])

    assert await name_of(by_tenant, tenant="demo") == "a/1"
    assert await name_of(by_tenant, tenant="acme") == "b/1"


def one(
    name: str,
    *,
    languages: Sequence[str] = ("en-US",),
    refuses: Callable[[int], bool] = lambda _: False,
    dies: Trouble = lambda _session, _track, _ended_ms: False,
) -> ScriptedRecognizer:
    return ScriptedRecognizer(name=name, languages=languages, refuses=refuses, dies=dies)


async def test_a_language_the_first_does_not_know_is_heard_by_the_next() -> None:
    taught = one("b/1", languages=("fi-FI",))
    chained = chain(one("a/1"), taught)

    async with chained.open(request(language="fi-FI")) as session:
        assert session.name == "b/1"
    with pytest.raises(LanguageUnsupported):
        async with chained.open(request(language="mt-MT")):
            pytest.fail("it opened")


async def test_a_language_one_does_not_know_while_the_other_is_down_is_no_refusal_for_ever() -> (
    None
):
    down = one("b/1", languages=("mt-MT",), refuses=lambda _: True)

    with pytest.raises(RecognizerFailed):
        async with chain(one("a/1"), down).open(request(language="mt-MT")):
            pytest.fail("it opened")


async def test_one_that_keeps_failing_is_left_alone_but_for_one_try_at_a_time() -> None:
    clock, down = Clock(), one("a/1", refuses=lambda _: True)
    chained = chain(down, one("b/1"), clock=clock)

    for _ in range(50):
        assert await name_of(chained) == "b/1"
    assert down.sessions == PACING.failures_max

    clock.now += PACING.first_s
    await asyncio.gather(*(name_of(chained) for _ in range(20)))
    assert down.sessions == PACING.failures_max + 1

    for _ in range(600):
        clock.now += 1.0
        await name_of(chained)
    assert down.sessions < PACING.failures_max + 600 / PACING.longest_s + 10


async def test_one_that_is_back_is_preferred_again() -> None:
    clock, is_down = Clock(), True
    flaky = one("a/1", refuses=lambda _: is_down)
    chained = chain(flaky, one("b/1"), clock=clock)
    for _ in range(PACING.failures_max):
        await name_of(chained)
    is_down = False

    before = await name_of(chained)
    clock.now += PACING.first_s

    assert [before, await name_of(chained), await name_of(chained)] == ["b/1", "a/1", "a/1"]


async def test_where_nobody_else_is_there_the_only_one_is_tried_every_second() -> None:
    clock, is_down = Clock(), True
    only = one("a/1", refuses=lambda _: is_down)
    chained = chain(only, clock=clock)
    for _ in range(120):
        with pytest.raises(RecognizerFailed):
            await name_of(chained)
        clock.now += PACING.urgent_s
    assert only.sessions == pytest.approx(120, abs=5)

    is_down = False

    assert await name_of(chained) == "a/1"


async def test_a_handshake_that_hangs_costs_a_call_its_time_and_no_more() -> None:
    hanging = NeverOpens(name="a/1")

    assert await name_of(chain(hanging, one("b/1"), pacing=Pacing(open_s=0.05))) == "b/1"


async def test_audio_that_sessions_die_on_is_heard_by_another_recognizer() -> None:
    stage = await finished_call()
    frail = one("a/1", dies=lambda _session, track, ended_ms: ended_ms > 2_000)

    await stage.care(chain(frail, one("b/1")), limits=PATIENT)

    events = await stage.speech()
    assert sorted(said(events)) == sorted(SPOKEN)
    assert gaps(events) == []


async def test_a_try_that_is_called_off_leaves_the_next_one_free_to_try() -> None:
    clock = Clock()
    hanging = NeverOpens(name="a/1")
    chained = chain(hanging, clock=clock, pacing=Pacing(failures_max=1, trial_s=0.01, alone_s=0.01))
    with pytest.raises(RecognizerFailed):
        await name_of(chained)
    clock.now += PACING.longest_s
    called_off = asyncio.ensure_future(name_of(chained))
    await asyncio.wait([called_off], timeout=0)
    called_off.cancel()
    await asyncio.gather(called_off, return_exceptions=True)
    clock.now += PACING.longest_s

    with pytest.raises(RecognizerFailed, match="open_timed_out"):
        await name_of(chained)

    assert hanging.sessions == 3


def test_one_that_a_person_has_to_mend_is_asked_once_a_minute_even_when_alone() -> None:
    clock = Clock()
    circuit = Circuit(PACING, now=clock)

    circuit.failed("never")

    asked = 0
    for _ in range(600):
        clock.now += 1.0
        if circuit.admits(urgent=True):
            asked += 1
            circuit.failed("never")
    assert asked == 600 / PACING.hopeless_s


def test_one_that_opens_and_dies_at_once_counts_as_failing_still() -> None:
    circuit = Circuit(PACING, now=Clock())
    for _ in range(PACING.failures_max):
        circuit.failed("now")
    circuit.opened()
    assert not circuit.is_open

    circuit.failed("now")

    assert circuit.is_open


def test_losses_here_and_there_do_not_put_out_one_that_serves_others() -> None:
    circuit = Circuit(PACING, now=Clock())

    for _ in range(50):
        circuit.failed("now")
        circuit.heard()

    assert not circuit.is_open


def test_audio_is_hopeless_when_sessions_died_on_it_for_longer_than_an_outage() -> None:
    clock, limits = Clock(), Limits()
    patience = Patience(limits, now=clock)

    for _ in range(100):
        patience.lost(got_on=False, was_fed=True)
        clock.now += 0.5
    assert not patience.is_audio_hopeless

    clock.now += limits.hopeless_s
    assert patience.is_audio_hopeless
    patience.lost(got_on=True, was_fed=True)
    assert not patience.is_audio_hopeless


def test_sessions_that_never_opened_say_nothing_of_the_audio() -> None:
    clock, limits = Clock(), Limits()
    patience = Patience(limits, now=clock)

    for _ in range(1_000):
        patience.lost(got_on=False, was_fed=False)
        clock.now += 0.5

    assert not patience.is_audio_hopeless
    assert not patience.is_nobody_there
    clock.now += limits.unreachable_s
    assert patience.is_nobody_there


async def test_in_an_outage_a_handshake_that_hangs_is_waited_for_a_second_and_no_more() -> None:
    clock, is_down = Clock(), True
    two = [one(name, refuses=lambda _: is_down) for name in ("a/1", "b/1")]
    hung = [NeverOpens(name=name) for name in ("a/1", "b/1")]
    order: list[Recognizer] = [*two]
    # Who is waited for as long as in quiet times is waited for for ever.
    pacing = Pacing(failures_max=1, open_s=3_600.0, trial_s=0.01)
    chained = Chain(lambda _: order, now=clock, pacing=pacing)
    with pytest.raises(RecognizerFailed):
        await name_of(chained)
    order[:] = hung

    for _ in range(10):
        clock.now += pacing.urgent_s
        with pytest.raises(RecognizerFailed, match="open_timed_out"):
            await name_of(chained)

    assert [each.sessions for each in hung] == [10, 10]


def test_a_recognizer_that_answers_slowly_after_an_outage_gets_its_time_now_and_then() -> None:
    circuit = Circuit(PACING, now=Clock())

    granted: list[float] = []
    for _ in range(PACING.failures_max - 1 + 32):
        circuit.failed("now")
        granted.append(circuit.opens_within_s(outage=circuit.is_open, alone=False))

    assert granted.count(PACING.open_s) == PACING.failures_max - 1 + 2
    assert granted[-1] == PACING.open_s


def test_words_flow_three_seconds_after_an_outage_whatever_was_under_way_when_it_ended() -> None:
    """By sum: what may stand before a trial that succeeds, in the order in which it comes."""
    patience = Patience(Limits(), now=Clock())
    for _ in range(100):
        patience.lost(got_on=False, was_fed=False)

    # One call alone: trials of both that hang, and its pause.
    alone_s = 2 * PACING.trial_s + patience.pause_s
    # Among many: another's trial hangs, the next may begin, and this one's pause.
    among_many_s = PACING.trial_s + PACING.urgent_s + patience.pause_s

    assert max(alone_s, among_many_s) <= 2.5


def test_a_session_that_dies_with_audio_is_not_replayed_twice_a_second() -> None:
    patience = Patience(Limits(), now=Clock())

    for _ in range(100):
        patience.lost(got_on=False, was_fed=True)

    assert patience.pause_s == Limits().retry_longest_s
