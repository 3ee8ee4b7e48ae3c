"""The many ways people tell each kind of personal data, and lines of the same surface without any.

`told.txt`: a conversation a line, turns parted by `||`, said by `a:` or `c:` (the customer, where
nobody is named), `[[…]]` around what nobody may read. `not_told.txt`: the same,
with nothing to hide.

Lines that came out right when they were written were kept, others were left out: they guard what
works and measure nothing.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from antiphon.events.privacy.kinds import PERSONAL_MASKS
from hypothesis import given, settings
from hypothesis import strategies as st

from .conversation import Conversation, masked_alone, stored

_FOLDER = Path(__file__).parent
_MASKS = tuple(PERSONAL_MASKS.values())


def _lines(name: str) -> list[str]:
    return (_FOLDER / name).read_text(encoding="utf-8").splitlines()


def _turns(line: str) -> Iterator[tuple[str, str]]:
    for turn in line.split(" || "):
        who, parted, said = turn.partition(": ")
        yield (who, said) if parted and who in {"a", "c"} else ("c", turn)


def _plain(said: str) -> str:
    return said.replace("[[", "").replace("]]", "")


def _expected(said: str) -> list[str]:
    """Return the words that stay: each mask and what it hides are one `[`."""
    kept: list[str] = []
    for at, part in enumerate(said.replace("[[", "]]").split("]]")):
        kept += ["["] if at % 2 else part.split()
    return [word for word in kept if word.strip(".,?!")]


def _left(text: str) -> list[str]:
    return ["[" if word.startswith(_MASKS) else word for word in text.split()]


def _problems(name: str) -> Iterator[str]:
    for line in _lines(name):
        conversation = Conversation()
        for who, said in _turns(line):
            left = _left(conversation.says(who, _plain(said)))
            if _joined(left) != _joined(_expected(said)):
                yield f"{line} => {' '.join(left)}"


def _joined(words: list[str]) -> list[str]:
    """Take masks side by side for one."""
    return [
        word.rstrip(".,")
        for at, word in enumerate(words)
        if word != "[" or not at or words[at - 1] != "["
    ]


def test_what_is_told_is_masked_and_nothing_else_however_it_is_told() -> None:
    assert list(_problems("told.txt")) == []


def test_nothing_is_masked_of_lines_that_tell_nothing() -> None:
    assert list(_problems("not_told.txt")) == []


@pytest.mark.parametrize(
    ("line", "is_right"),
    [("my pin is [[four eight two one]]", True), ("my [[pin]] is four eight two one", False)],
)
def test_a_line_that_is_masked_otherwise_is_told(line: str, *, is_right: bool) -> None:
    left = _left(masked_alone(_plain(line)))

    assert (_joined(left) == _joined(_expected(line))) is is_right


# Made up of syllables, so that no list has them.
_UNLISTED = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["zab", "quor", "thil", "vesh", "krum", "drax", "jolv"]),
        st.sampled_from(["i", "a", "o", "u"]),
        st.sampled_from(["vok", "nsk", "rta", "lzin", "bek", "zuli", "mvo"]),
    ),
)
_INTRODUCED = (
    "my name is {}", "my name's {}", "call me {}", "the account is under the name {}",
    "surname is {}", "her first name is {}", "i spoke to {}", "thanks {} that helped",
    "{} speaking how can i help", "mrs {} is my mother", "in the name of {}",
    "you're through to {} how can i help", "the cardholder is {}", "could {} call me back",
    "My name is {}.", "Thanks, {}.", "Good morning, {} speaking.", "This is {} calling.",
)  # fmt: skip


@given(frame=st.sampled_from(_INTRODUCED), name=_UNLISTED)
@settings(max_examples=80, deadline=None)
def test_a_name_that_no_list_has_is_found_by_what_introduces_it(frame: str, name: str) -> None:
    said = frame.format(name if frame.islower() else name.capitalize())

    assert name not in masked_alone(said).casefold()


@given(
    ask=st.sampled_from(
        ["what's your address", "and the first line of your address", "what street"]
    ),
    house=st.sampled_from(["nine", "forty two", "one oh six", "17b"]),
    street=_UNLISTED,
    suffix=st.sampled_from(["", " road", " close", " lane"]),
)
@settings(max_examples=40, deadline=None)
def test_an_address_is_found_where_it_was_asked_for(
    ask: str, house: str, street: str, suffix: str
) -> None:
    [_, left] = stored([f"a: {ask}", f"c: {house} {street}{suffix}"])

    assert left == "[postal-address]"


@given(parts=st.lists(_UNLISTED, min_size=1, max_size=3), sign=st.sampled_from(["dot", "dash"]))
@settings(max_examples=40, deadline=None)
def test_a_part_of_an_e_mail_is_found_where_it_was_asked_for(parts: list[str], sign: str) -> None:
    [_, left] = stored(["a: what's your e-mail", f"c: it's {f' {sign} '.join(parts)}"])

    assert left == "it's [email-address]"
