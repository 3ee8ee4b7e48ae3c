"""What the demo brings along: articles for the company whose calls it plays."""

from antiphon.infra.article_files import read_articles
from antiphon.infra.demo import publish_samples
from antiphon.infra.simulate import SAMPLE_ARTICLES

from ..api.answering import answering_api


async def test_the_sample_articles_are_put_on_the_shelf_once(postgres_url: str) -> None:
    reading = read_articles(SAMPLE_ARTICLES)

    async with answering_api(postgres_url) as answering, answering.api.serving() as url:
        new, again = await publish_samples(url), await publish_samples(url)
        answer = await answering.ask("a technician for the socket at the new address")

    assert (new, again) == (len(reading.drafts), 0)
    assert (reading.wrong, reading.passed_over) == ([], 0)
    assert answer["citations"][0]["article_id"] == "moving-home"
