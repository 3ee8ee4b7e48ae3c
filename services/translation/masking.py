"""What may be sent of a text: without private numbers, of which one kind is put back. Pure.

No model is shown an account number, and no generated text tells one. But what an agent types for
the customer to hear, is typed with intent: there it is put back. Everything else stays masked.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from msgspec import Struct, field

from ...events.privacy.kinds import PERSONAL_MASKS
from ..guardrails import sanitised

TEXT_MAX = 2_000  # characters: a minute of speech without a pause has a thousand

_PUT_BACK = frozenset({PERSONAL_MASKS["account_number"]})  # never card data, never a PIN
MASK = re.compile(r"\[[a-z]+(?:-[a-z]+)*\]")


class Sendable(Struct, frozen=True, kw_only=True):
    """A text as a model may be shown it, and what its masks stand for where that is known."""

    text: str
    behind: Mapping[str, str] = field(default_factory=dict[str, str])

    def restored(self, text: str) -> str:
        """Return a translation with what stands behind its masks."""
        return MASK.sub(lambda found: self.behind.get(found[0], found[0]), text)


def sendable(text: str, *, after: Sequence[str] = ()) -> tuple[Sendable, tuple[str, ...]]:
    """Return a text as it may be sent, and what was said before it, oldest first.

    They are looked at together: what one turn asks for, the next one tells.
    """
    lines = [" ".join(one.split())[:TEXT_MAX] for one in (*after, text)]
    *before, clean = sanitised("\n".join(lines)).text.split("\n")
    return Sendable(text=clean, behind=_behind(lines[-1], clean)), tuple(before)


def _behind(text: str, clean: str) -> dict[str, str]:
    """Return what masks stand for; not those of which there are several: they may change places."""
    masks = MASK.findall(clean)
    if text == clean or not masks:
        return {}
    between = (re.escape(one) for one in MASK.split(clean))
    found = re.fullmatch("(.+?)".join(between), text)
    if found is None:
        return {}  # more than the masks is different
    once = {mask for mask, count in Counter(masks).items() if count == 1}
    told = zip(masks, found.groups(), strict=True)
    return {mask: said for mask, said in told if mask in once & _PUT_BACK and mask != said}
