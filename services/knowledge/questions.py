"""Recognises what the articles may answer in what a customer says. Pure, by rules.

Two forms: a question ("how do I", "can I", "do you know whether"), wherever in a turn it begins,
for recognisers often write no marks; and a need told as a statement ("my router does not start",
"I want to cancel", "you charged me twice"). Whether anything answers it, searching finds out: a
rule too many costs a search, one too few an answer.
"""

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from ...events.knowledge import Form

DETECTOR = "questions-1"  # raised with every change of the rules

WORDS_MIN = 3  # "why is that" asks something; "what" and "pardon me" do not
QUERY_WORDS_MAX = 40  # of a long turn the question is at its end
FOLLOW_UP_WORDS_MAX = 7  # a short one may lean on what was said before

_WHO = (
    r"(?:i|we|you|he|she|it|they|there|my|our|your|the|this|that|these|those|somebody|someone|"
    r"anyone|anybody|everyone|everybody|something|anything|a|an|any|one)"
)
_AUXILIARY = (
    r"(?:can|could|may|might|will|would|should|shall|must|do|does|did|is|are|am|was|were|has|have|"
    r"had|isn't|aren't|don't|doesn't|didn't|can't|couldn't|won't|wouldn't|hasn't|haven't)"
)
_ASKS = re.compile(
    rf"""
      (?:^|\b(?:and|but|so|because|or|well|okay|ok|um|uh|then|like|just|please|know|wondering|hi|
          hello|hey|yeah|yes|no|actually|also|anyway|sorry|you\ know|i\ mean|thanks|right)\s)
      (?:(?:um|uh|so|like|please|just|okay|now|then|well|and)\s)*
      (?: {_AUXILIARY}\s(?:not\s)?{_WHO}\b
        | (?:how|why|where|when|what|which|who|whom|whose|what's|where's|how's|when's|who's|why's|
             whats|hows|wheres|how'd|what'll|when'll)\b(?:\s\S+){{2,}}
        | what\s(?:if|about)\b | how\s(?:about|come)\b | any\s(?:idea|way|chance|news)\b )
    | \b(?:wonder|wondering|know|tell\sme|explain|show\sme|find\sout|understand|figure\sout|
           not\ssure|no\sidea|remember|ask|asking|curious|check|see)\s(?:to\sme\s)?
      (?:if|whether|how|what|when|where|why|who|which|about)\b
    | \b(?:is|are)\sthere\s(?:a|an|any|some|anything|somebody|someone)\b
    | \b(?:any\sway\sto|what\sis\sthe|what\sare\sthe|how\s(?:do|does|can|much|many|long|often|far|
           soon|to|would|could|should)|do\syou\s(?:guys\s)?(?:have|offer|take|accept|charge|know|
           do|sell|cover|provide|support|allow))\b
    """,
    re.VERBOSE,
)
_OF_SOMEBODY = r"(?:my|our|the|this|that|your)"
_FAILS = (
    r"(?:doesn't|does\snot|don't|do\snot|isn't|is\snot|aren't|are\snot|won't|will\snot|can't|"
    r"cannot|didn't|did\snot|hasn't|has\snot|wasn't|keeps?|stopped|stops|broke|broken|went|goes|"
    r"died|failed|fails|says|shows|never|still|expired|blinks?|blinking|flashing|drops?|down|slow|"
    r"late|wrong|missing|lost|stolen|damaged|too|crawling|been|is|are|got|won)"
)
_NEEDS = re.compile(
    rf"""
      \b(?:i|we)(?:'d|\swould|'ll|\swill)?\s(?:really\s|also\s|just\s|still\s|only\s)?
      (?:want|need|like|love|wish|prefer|have|had|has|am|was|were|lost|forgot|forgotten|received|
         got|get|paid|pay|bought|ordered|moved|cancelled|canceled|signed|joined|changed|tried|try|
         called|see|keep|cannot|can't|couldn't|don't|do\snot|didn't|did\snot|haven't|never|owe)\b
    | \b(?:i'm|we're|i've|we've|i'd|we'd|i\sam|we\sare)\s\w+
    | \b{_OF_SOMEBODY}\s(?:\S+\s){{1,5}}?{_FAILS}\b
    | \b(?:it|there|they|she|he)(?:'s|'re|\sis|\sare|\swas|\swere|\ssays|\skeeps?|\sstopped|
         \sdoesn't|\sdidn't|\swon't|\sjust|\snever|\swill|\shas|\shad)\b
    | \byou(?:\sguys)?(?:'ve|'ll)?\s(?:charged|billed|sent|took|told|said|overcharged|promised|
         cancelled|canceled|raised|changed|cut|owe|never|didn't|be\shearing|will)\b
    | \b(?:not|isn't|doesn't|stopped|never)\s(?:\S+\s)?(?:working|work|getting|showing|arrived|
         received|connecting|loading|charging|turning)\b
    | \b(?:let\sme|get\sme|give\sme|send\sme|transfer\sme|put\sme|help\sme|talk\sto|speak\s(?:to|
         with)|cancel|refund|complain|upgrade|downgrade|activate|dispute|return|replace)\b
    | \bmy\s\w+(?:\s\w+)?\s(?:went|died|passed|moved|is|was|wants|needs)\b
    | \b(?:cheaper|too\s(?:expensive|slow|high|much)|more\sthan|way\smore)\b
    """,
    re.VERBOSE,
)
# Turns that are answers, courtesies, or somebody else's lines, however they are built.
_TALK = re.compile(
    r"""^(?:(?:oh|okay|ok|um|uh|well|so|yeah|yes|no|and|alright|right|sure|hi|hello|hey|great|
           perfect|thanks|sorry)\s)*
        (?: how\sare\syou(?:\s(?:doing|today|guys))* | how\sis\sit\sgoing | how's\sit\sgoing
          | can\syou\shear\sme(?:\snow)? | are\syou\s(?:still\s)?there
          | (?:can|could)\syou\s(?:please\s)?(?:repeat|say)\s(?:that|it)(?:\sagain)?(?:\splease)?
          | what\s(?:did\syou\ssay|was\sthat) | what's\sthat | i(?:'m|\sam)\s(?:good|fine|well|okay)
          | (?:i(?:'m|\sam)\s)?(?:doing\s)?(?:good|fine|great)(?:\sthanks?)?(?:\syou)?
          | that(?:'s|\sis)\s(?:all|it|right|correct|fine|great|okay|good|perfect|everything)
            (?:\s(?:i|we)\s(?:need|needed))?
          | (?:i\s)?(?:thank\syou|thanks)(?:\s(?:so|very)\smuch)?
          | (?:have\sa|you\shave\sa)\s\w+\s\w+ | let\sme\s(?:see|check|look|think|get|grab|find)
            (?:\s.*)?
          | (?:hold\son|hang\son|one\s(?:second|moment|sec)|give\sme\sa\s\w+)(?:\s.*)?
          | i\s(?:think|guess|see|understand|know|appreciate)(?:\s(?:so|it|that|yeah|yes))*
        )\s*$""",
    re.VERBOSE,
)
_LEANS = re.compile(
    r"\b(?:it|its|that|this|they|them|those|these|one|ones|there|then|he|she|so|instead|else)\b"
    r"|^(?:and|or|what about|how about|what if|even if|but|also)\b"
)
_LITTLE = """
a an the i you we he she it they me my your our is are am was were be do does did can could will
would should may might have has had what how why when where who which if to of in on at for and
or but so that this these those there here then about any with by from as not no yes um uh okay
ok well just like know mean please want need get got go going really much many long one ones
it's that's i'm you're what's how's don't doesn't can't
"""
_MEANS_LITTLE = frozenset(_LITTLE.split())
_MARKS = str.maketrans(
    {"\N{RIGHT SINGLE QUOTATION MARK}": "'", "\N{MODIFIER LETTER APOSTROPHE}": "'"}
)


class Question(Struct, frozen=True, kw_only=True):
    """What may be answered, in a turn of words."""

    form: Form
    first: int  # index of its first word
    last: int  # of its last


def question_in(words: Sequence[str]) -> Question | None:
    """Return the question of a turn, or else the need; the last one where there are several."""
    need: Question | None = None
    question: Question | None = None
    for first, last in _clauses(words):
        text = _folded(words[first : last + 1])
        if last - first + 1 < WORDS_MIN or _TALK.fullmatch(text):
            continue
        asks = words[last].endswith("?") or _ASKS.search(text)
        if asks:
            question = Question(form="question", first=first, last=last)
        elif _NEEDS.search(text):
            # Needs are told over several sentences: all of them say what it is about.
            need = Question(form="need", first=need.first if need else first, last=last)
    found = question or need
    if found is None:
        return None
    return Question(
        form=found.form, first=max(found.first, found.last + 1 - QUERY_WORDS_MAX), last=found.last
    )


def query_of(words: Sequence[str], question: Question, *, before: Sequence[str]) -> str:
    """Return what is searched for: the question, and where it leans on it what was said before.

    `before` are the turns before, the oldest first. A question at the end of a turn that told
    what it is about ("my box blinks red. what do I do") takes that along, too.
    """
    asked = list(words[question.first : question.last + 1])
    if not leans(asked):
        return " ".join(asked)
    told = list(words[max(0, question.last + 1 - QUERY_WORDS_MAX) : question.first])
    if len(content_words(told)) < WORDS_MIN - 1:
        for turn in reversed(before):
            told = [*turn.split(), *told]
            if len(content_words(told)) >= WORDS_MIN - 1:
                break
    return " ".join([*told, *asked][-QUERY_WORDS_MAX:])


def leans(words: Sequence[str]) -> bool:
    """Tell whether a question says too little by itself: short, and about `it` or `that`."""
    content = content_words(words)
    if len(content) < WORDS_MIN - 1:
        return True
    return len(words) <= FOLLOW_UP_WORDS_MAX and bool(_LEANS.search(_folded(words)))


def content_words(words: Sequence[str]) -> set[str]:
    """Return the words that say what something is about, folded."""
    return {word for word in _folded(words).split() if word not in _MEANS_LITTLE}


def _clauses(words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the first and last word of each sentence, as far as there are marks."""
    first = 0
    for at, word in enumerate(words):
        if word.rstrip("\"')").endswith((".", "?", "!", ";")) or at == len(words) - 1:
            yield first, at
            first = at + 1


def _folded(words: Sequence[str]) -> str:
    text = " ".join(words).translate(_MARKS).casefold()
    return " ".join(re.sub(r"[^\w\s'-]", " ", text).split())
