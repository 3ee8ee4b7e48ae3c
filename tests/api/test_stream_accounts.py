"""Over HTTP, nobody starts a contact on another customer's stream."""

from antiphon.commands.stream_accounts import StreamAccounts, account_of

from ..builders import STREAM_ARN
from .test_commands import MEDIA, START
from .world import api


async def test_a_stream_of_anothers_account_is_refused_by_name(postgres_url: str) -> None:
    account = account_of(STREAM_ARN)
    accounts = StreamAccounts({account: frozenset({"another"})})
    async with api(postgres_url, stream_accounts=accounts) as made:
        answer = await made.http.post("/v1/contacts", json=START | {"media": MEDIA})

        assert account
        assert (answer.status_code, answer.json()["code"]) == (409, "stream_forbidden")
        assert account in answer.text
        assert await made.facts() == []
        assert (await made.http.post("/v1/contacts", json=START)).status_code == 201
