"""What an agent did, what is still owed and by whom, and what went to somebody else. Pure."""

import re
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from ...events.summary import SummaryField
from . import english_deeds as said
from .drafts import Sentence
from .english_values import DUE
from .shortening import quoted, without_loose_end
from .turns import Clause

_RUN_ON_WORDS = 12  # more, and no comma in them: nobody set any
_PIECE_WORDS_MIN = 2
_CONFIRMED_WITHIN = 6  # clauses


def deeds_of(clauses: Sequence[Clause]) -> list[Sentence]:
    """Return what the agent did, what is promised, and what is still owed, by whom and when."""
    found: list[Sentence] = []
    for at, clause in enumerate(clauses):
        for piece in pieces_of(clause):
            told = _of_customer(piece) if piece.speaker == "customer" else _of_agent(piece)
            is_kept = any(said.CONFIRMED.search(one.text) for one in _next_of_agent(clauses, at))
            found += [_as_done(one) if is_kept and one.field == "promise" else one for one in told]
    return found


def escalations_of(clauses: Sequence[Clause]) -> list[Sentence]:
    """Return who asked for somebody higher, and what was handed to another team."""
    told = (part for clause in clauses for part in _parts(clause))
    return [quoted(part, "escalation") for part in told if _goes_up(part)]


def pieces_of(clause: Clause) -> list[Clause]:
    """Return what a clause says of one subject after the other; a question is the last of it."""
    texts = [without_loose_end(text) for text in _split(clause.text)]
    texts = [text for text in texts if len(text.split()) >= _PIECE_WORDS_MIN] or [clause.text]
    last = len(texts) - 1
    return [
        replace(clause, text=text[:1].upper() + text[1:], asks=clause.asks and number == last)
        for number, text in enumerate(texts)
    ]


_SUBJECT = (
    r"(?:(?:i|we|you|they|he|she|it|that|there|someone|somebody)(?:['’](?:ll|ve|re|s|m|d))?"
    r"|could|can|would|please|(?:our|your|the|an?|my|his|her)\ [\w-]+(?:\ [\w-]+){0,2}"
    r"\ ?(?:'s|'ll|will|is|are|has|have|should|goes|comes|gets|takes|can)"
    r"|our\ \w+|your\ \w+|some\w+)(?![\w'’])"
)
_NEXT_SUBJECT = re.compile(
    rf"(?:,\ +(?:(?:and|so|but|then)\ +)?|\ +(?:and|so|but|then)\ +)"
    rf"(?={_SUBJECT}(?!\ (?:one|second|other)))",
    re.IGNORECASE,
)
# Where a recogniser sets no commas, what people begin a sentence with is all there is to go by.
_OPENS = re.compile(
    r"(?<!that)(?<!if)(?<!when)(?<!because)(?<!cause)(?<!as)(?<!what)(?<!where)(?<!which)(?<!who)"
    r"(?<!how)(?<!think)(?<!know)(?<!sure)(?<!until)(?<!once)(?<!after)(?<!before)(?<!than)"
    r"(?<!the)(?<!say)(?<!till)(?<!and)(?<!so)(?<!but)\ +"
    r"(?=(?:(?:okay|ok|alright|so|and|but|now|then|also)\ +)*"
    r"(?:i['’](?:ll|ve|m)|i\ (?:am|will|have)|we['’](?:ll|ve|re)|you['’]ll|you\ will|can\ you"
    r"|could\ you|please|that['’]s|it['’](?:ll|s)|they['’]ll|let\ me|there['’]s"
    r"|(?:okay|alright)\ \w+)(?![\w'’]))",
    re.IGNORECASE,
)
# Such a clause waits for another: cut behind it and nobody knows what it was said of.
_WAITS = re.compile(
    r"(?:(?:and|so|but|then|okay|now)\ +)*(?:if|when|once|as\ soon\ as|because|unless|until|before"
    r"|after|since|while|although|though|whenever|in\ case)(?!\w)",
    re.IGNORECASE,
)


def _next_of_agent(clauses: Sequence[Clause], at: int) -> Iterator[Clause]:
    after = clauses[at + 1 : at + 1 + _CONFIRMED_WITHIN]
    return (one for one in after if one.speaker == "agent" and not one.asks)


def _as_done(promise: Sentence) -> Sentence:
    # What was announced and then confirmed was done, in the words that announced it.
    return replace(promise, field="action", owner=None, due=None)


def _parts(clause: Clause) -> list[Clause]:
    # Where there are commas, who it went to may stand behind one: "to Ann, she's the manager".
    return pieces_of(clause) if _runs_on(clause.text) else [clause]


def _runs_on(text: str) -> bool:
    return len(text.split()) > _RUN_ON_WORDS and "," not in text


def _split(text: str) -> Iterator[str]:
    cuts = [(one.start(), one.end()) for one in _NEXT_SUBJECT.finditer(text)]
    if _runs_on(text):
        cuts += [(one.start(), one.end()) for one in _OPENS.finditer(text)]
    start, has_waited = 0, False
    for end, begins in sorted(cuts):
        if end < start:
            continue
        if not has_waited and _WAITS.match(text[start:end]):
            has_waited = True  # what it waits for comes next
            continue
        yield text[start:end]
        start, has_waited = begins, False
    yield text[start:]


def _of_customer(piece: Clause) -> list[Sentence]:
    due = _due(piece)
    if piece.asks or (not due and said.CUSTOMER_SMALL.search(piece.text)):
        return []
    is_owed = said.CUSTOMER_WILL.search(piece.text) or (
        due and said.CUSTOMER_CAN.search(piece.text)
    )
    return [quoted(piece, "follow_up", owner="customer", due=due)] if is_owed else []


def _of_agent(piece: Clause) -> list[Sentence]:
    text, due = piece.text, _due(piece)
    is_later = bool(due or said.LATER.search(text))
    is_asked = not piece.asks and is_later and said.ASKED_OF_CUSTOMER.search(text)
    if _is_owed(text) or is_asked:
        return [quoted(piece, "follow_up", owner="customer", due=due)]
    if piece.asks and not said.STATED.match(text):
        return []
    found: list[Sentence] = []
    is_done = _is_done(text)
    if is_done:
        found.append(quoted(piece, "action"))
    if _is_coming(text, is_due=due is not None and not is_done):
        found.append(quoted(piece, _owed_as(text, is_later=is_later), owner="agent", due=due))
    return found


def _is_owed(text: str) -> bool:
    owed = said.OWED_BY_CUSTOMER.search(text)
    return owed is not None and "don't think" not in text[: owed.start()].casefold()


def _is_done(text: str) -> bool:
    deed = said.DONE.search(text)
    if deed is None:
        return False
    before = text[: deed.start()]
    return not said.SUPPOSED.search(before) and not said.WILL.search(before)


def _is_coming(text: str, *, is_due: bool) -> bool:
    """Tell whether it says what will be: in so many words, or by a day in the time to come."""
    if said.SMALL.search(text):
        return False
    if said.WILL.search(text):
        return True
    return is_due and bool(said.COMING.search(text)) and not said.BYGONE.search(text)


def _owed_as(text: str, *, is_later: bool) -> SummaryField:
    return "promise" if not is_later and said.AT_ONCE.search(text) else "follow_up"


def _due(piece: Clause) -> str | None:
    found = DUE.search(piece.text)
    return found[0].strip(" ,.") if found else None


def _goes_up(clause: Clause) -> bool:
    if clause.speaker == "customer":
        return bool(said.HIGHER.search(clause.text))
    return not clause.asks and bool(said.HANDED_ON.search(clause.text))
