"""Where a contact stands: what is wanted of it in which languages, and what was done already.

Folded from its facts alone, so that whoever takes it over goes on where another stopped.
"""

from msgspec import Struct
from msgspec.structs import replace

from ...events.base import START, Causation, Position, Recorded, Track, UtteranceId
from ...events.contact import AttributesSet, ContactEnded, ContactStarted
from ...events.sealed import Sealed
from ...events.speech import TranscriptCompleted
from ...events.translation import (
    UNDETERMINED,
    LanguageIdentified,
    ReplyFailed,
    ReplyId,
    ReplySpoken,
    ReplyTranslated,
    ReplyTyped,
    TranslationDropped,
    TranslationSet,
    UtteranceTranslated,
    Wish,
)
from ...events.voices import Voices, current_agent, hear
from .languages import ATTRIBUTE, OFF, Languages, language_of, targets_in

SERVICE = "translation"


class Reply(Struct, frozen=True, kw_only=True):
    """A reply, as far as it came."""

    fact: ReplyTyped
    typed: Recorded
    translated: ReplyTranslated | None = None
    cause: Causation  # of what comes next


class Wants(Struct, frozen=True, kw_only=True):
    """In which languages a contact's transcript is wanted, and by whom."""

    targets: tuple[str, ...] = ()
    wish: Wish | None = None


class Standing:
    """One contact, fact by fact."""

    def __init__(self) -> None:
        self.voices = Voices()
        self.stated: str | None = None  # the contact's language, as its start tells
        self.identified: dict[Track, str] = {}
        self.set: TranslationSet | None = None
        self.set_at: Position = START
        self.sets = 0
        self.settled: set[tuple[UtteranceId, str]] = set()  # translated or dropped, by target
        self.replies: dict[ReplyId, Reply] = {}  # those that are not over, oldest first
        self.correlation: str | None = None
        self.end: Position = START  # of our lane
        self._asked: str | None = None
        self._ended = False
        self._completed = False

    @property
    def is_over(self) -> bool:
        """Whether nothing more is said or typed."""
        return self._ended and self._completed

    def take(self, recorded: Recorded) -> None:  # noqa: C901, PLR0912 (one case a fact)
        """Fold a fact; its own lane's too."""
        self.correlation = recorded.correlation
        self.voices = hear(self.voices, recorded.event, recorded.position)
        if recorded.lane == SERVICE:
            self.end = recorded.position
        match recorded.event:
            case ContactStarted(language=language, attributes=attributes):
                self.stated = language_of(language)
                self._take_attributes(attributes)
            case AttributesSet(attributes=attributes):
                self._take_attributes(attributes)
            case ContactEnded():
                self._ended = True
            case TranscriptCompleted():
                self._completed = True
            case TranslationSet() as told:
                self.set, self.set_at, self.sets = told, recorded.position, self.sets + 1
            case LanguageIdentified(track=track, language=language):
                self.identified[track] = language
            case UtteranceTranslated(utterance_id=utterance_id, target=target):
                self.settled.add((utterance_id, target))
            case TranslationDropped(utterance_ids=ids, target=target):
                self.settled.update((one, target) for one in ids)
            case ReplyTyped(reply_id=reply_id) as fact:
                self.replies[reply_id] = Reply(fact=fact, typed=recorded, cause=recorded.cause)
            case ReplyTranslated(reply_id=reply_id) as told if reply_id in self.replies:
                reply = self.replies[reply_id]
                self.replies[reply_id] = replace(reply, translated=told, cause=recorded.cause)
            case ReplySpoken(reply_id=reply_id) | ReplyFailed(reply_id=reply_id):
                self.replies.pop(reply_id, None)
            case _:
                pass  # says nothing of languages

    def wants(self, languages: Languages) -> Wants:
        """Return what is wanted: the contact's attribute comes before the agent and the tenant."""
        if self._asked == OFF:
            return Wants(wish="attribute")
        if self._asked and (targets := targets_in(self._asked)):
            return Wants(targets=targets, wish="attribute")
        agent_id = current_agent(self.voices)
        if agent_id is not None and (tag := languages.agents.get(agent_id)):
            return Wants(targets=(language_of(tag),), wish="agent")
        if languages.translate_to:
            return Wants(targets=languages.translate_to, wish="tenant")
        return Wants()

    def language_of(self, track: Track, *, targets: tuple[str, ...]) -> str:
        """Return what a voice speaks, as far as is known.

        The customer what the contact was told, and the agent what the agent reads.
        """
        if track in self.identified:
            return self.identified[track]
        if track == "to_customer" and targets:
            return targets[0]
        return self.stated or UNDETERMINED

    def _take_attributes(self, attributes: dict[str, Sealed]) -> None:
        if ATTRIBUTE in attributes:
            self._asked = attributes[ATTRIBUTE].reveal_or("").strip().casefold()
