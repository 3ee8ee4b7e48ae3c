"""Customers are known by what a key makes of their endpoint, however that is written."""

import pytest
from antiphon.events.base import TenantName
from antiphon.events.codec import CODEC
from antiphon.events.erasure import endpoint_token, normalised_endpoint
from antiphon.events.log import Entry
from antiphon.events.opening import opened
from antiphon.infra.memory_keys import MemoryKeys
from antiphon.infra.memory_log import MemoryLog

from ..builders import contact_erased, draft

KEY = b"k" * 32


@pytest.mark.parametrize(
    ("written", "normalised"),
    [
        pytest.param("+4930901820", "+4930901820", id="E.164"),
        pytest.param(" +49 (30) 90182-0 ", "+4930901820", id="for people"),
        pytest.param("+49.30.90182/0", "+4930901820", id="dots and slashes"),
        pytest.param("0049 30 901820", "+4930901820", id="00 for +"),
        pytest.param("tel:+49-30-901820;ext=7", "+4930901820", id="RFC 3966"),
        pytest.param("\uff0b\uff14\uff1930901820", "+4930901820", id="full-width"),
        pytest.param("030 901820", "030901820", id="national: no country is guessed"),
        pytest.param("Ada@Example.ORG", "ada@example.org", id="mail"),
        pytest.param("sip:Ada@example.org", "sip:ada@example.org", id="SIP"),
        pytest.param("+49 30 CALLME", "+49 30 callme", id="letters"),
        pytest.param("anonymous", "anonymous", id="a word"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_an_endpoint_has_one_normal_form(written: str, normalised: str) -> None:
    assert normalised_endpoint(written) == normalised
    assert normalised_endpoint(normalised) == normalised


def test_a_token_depends_on_the_key_and_on_every_digit() -> None:
    tokens = {
        endpoint_token(KEY, "+4930901820"),
        endpoint_token(KEY, "+4930901821"),
        endpoint_token(b"l" * 32, "+4930901820"),
    }

    assert len(tokens) == 3
    assert endpoint_token(KEY, "0049 30 901820") in tokens


class Noting(MemoryKeys):
    """Notes whom it was told to forget."""

    def __init__(self) -> None:
        super().__init__()
        self.forgotten: list[tuple[str, str]] = []

    def forget(self, tenant: TenantName, holder: str) -> None:
        super().forget(tenant, holder)
        self.forgotten.append((tenant, holder))


async def test_whoever_opens_an_erasure_forgets_both_keys() -> None:
    tenant, keys, log = TenantName("acme"), Noting(), MemoryLog()
    await log.create("EV_ACME")
    payload = CODEC.encode(
        draft(contact_erased()), tenant=tenant, aggregate="contact/c-1", key=None
    )
    await log.append("EV_ACME", "ev.acme.00.contact.c-1.life", [Entry("1", payload)], expected=None)
    batches = [batch async for batch in log.read("EV_ACME", ["ev.acme.>"])]

    await opened(tenant, batches[0], keys=keys)

    assert keys.forgotten == [("acme", "contact/c-1"), ("acme", "original/c-1")]
