"""What may be asked of a playbook, decided without a log."""

import pytest
from antiphon.commands.playbook import (
    DraftPlaybook,
    KeptPlaybook,
    PlaybookCommand,
    PublishPlaybook,
    RollBackPlaybook,
    decide,
    evolve,
)
from antiphon.commands.publishing import sha256_of
from antiphon.errors import Malformed, PlaybookUnknown
from antiphon.events.base import RegisterEvent
from antiphon.events.playbook import PlaybookDrafted, PlaybookPublished, PlaybookRolledBack
from hypothesis import given, settings
from hypothesis import strategies as st

from ..register_builders import registered

FIRST = PublishPlaybook(name="keep", content="one", version="1+aa")
SECOND = PublishPlaybook(name="keep", content="two", version="2+bb")
BACK = RollBackPlaybook(name="keep", content="one", version="1+aa")
DRAFT = DraftPlaybook(name="keep", content="thr")


def after(*commands: PlaybookCommand) -> KeptPlaybook:
    """Return the playbook once all of it was asked."""
    playbook = KeptPlaybook(name="keep")
    for command in commands:
        event = decide(playbook, command)
        if event is not None:
            playbook = evolve(playbook, registered(event, subject_id="keep"))
    return playbook


def decided(command: PlaybookCommand, *before: PlaybookCommand) -> RegisterEvent | None:
    return decide(after(*before), command)


def test_a_draft_is_kept_as_it_is() -> None:
    assert decided(DRAFT) == PlaybookDrafted(content="thr", sha256=sha256_of("thr"))


def test_a_published_version_holds_the_whole_text_and_its_hash() -> None:
    event = decided(FIRST, DRAFT)

    assert event == PlaybookPublished(version="1+aa", content="one", sha256=sha256_of("one"))
    assert (after(FIRST).current, after(FIRST, SECOND).current) == ("1+aa", "2+bb")


@pytest.mark.parametrize("command", [DRAFT, FIRST, SECOND])
def test_what_is_so_already_is_no_news(command: PlaybookCommand) -> None:
    assert decided(command, FIRST, command) is None


def test_going_back_repeats_what_the_version_said() -> None:
    event = decided(BACK, FIRST, SECOND)

    assert event == PlaybookRolledBack(
        version="1+aa", content="one", sha256=sha256_of("one"), from_version="2+bb"
    )
    back = after(FIRST, SECOND, BACK)
    assert (back.current, [one.version for one in back.versions]) == ("1+aa", ["1+aa", "2+bb"])
    assert decide(back, BACK) is None


def test_a_version_that_was_never_published_is_none_to_go_back_to() -> None:
    with pytest.raises(PlaybookUnknown):
        decided(BACK, SECOND)


def test_a_version_never_comes_to_mean_something_else() -> None:
    other = PublishPlaybook(name="keep", content="other", version="1+aa")

    with pytest.raises(Malformed):
        decided(other, FIRST, SECOND)


def test_a_version_may_be_published_again_and_is_still_one() -> None:
    again = after(FIRST, SECOND, FIRST)

    assert again.current == "1+aa"
    assert len(again.versions) == 2
    assert again.version("1+aa").position < again.version("2+bb").position


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([FIRST, SECOND, DRAFT, BACK]), max_size=12))
def test_whatever_is_asked_what_holds_was_published(commands: list[PlaybookCommand]) -> None:
    playbook = KeptPlaybook(name="keep")
    for command in commands:
        try:
            event = decide(playbook, command)
        except PlaybookUnknown:
            continue
        if event is None:
            continue
        playbook = evolve(playbook, registered(event, subject_id="keep"))

        assert not isinstance(command, DraftPlaybook) or playbook.draft is not None
        assert playbook.current is None or playbook.version(playbook.current)
        assert decide(playbook, command) is None, "a repeat changes nothing"
