"""Which languages a tenant speaks, what it wants translated, and what a contact's language is."""

import hashlib
from collections.abc import Mapping
from typing import Protocol

import msgspec
from msgspec import Struct, field

from ...events.base import AgentId, TenantName

# In which its transcript is wanted, by comma, the agent's first: `en` or `en,es`. Set by the flow
# or the desk; `off` for none, whatever agent and tenant say.
ATTRIBUTE = "antiphon_translate_to"
OFF = "off"
TARGETS_MAX = 3  # of a contact: each costs a request an utterance

# Among which it is judged what is spoken, where a tenant names none.
COMMON_LANGUAGES = ("en", "es", "fr", "de", "it", "pt", "nl", "pl")


class Term(Struct, frozen=True, kw_only=True):
    """A word that is not to be translated freely, such as a product's name."""

    term: str
    # By language. In others, and where there is none, it stays as it is.
    renderings: Mapping[str, str] = field(default_factory=dict[str, str])

    def rendering(self, language: str) -> str:
        """Return what it is called in a language."""
        return self.renderings.get(language, self.term)


class Languages(Struct, frozen=True, kw_only=True):
    """What a tenant wants of translation. With the defaults: nothing, unless a contact asks."""

    languages: tuple[str, ...] = COMMON_LANGUAGES
    translate_to: tuple[str, ...] = ()  # of every contact; none: only those that ask
    agents: Mapping[AgentId, str] = field(default_factory=dict[AgentId, str])  # what they read
    glossary: tuple[Term, ...] = ()
    # By language, and then by vendor: which of its voices speaks.
    voices: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])

    @property
    def glossary_version(self) -> str:
        """What tells these terms from others; empty where there are none."""
        if not self.glossary:
            return ""
        told = msgspec.json.encode(self.glossary, order="deterministic")
        return hashlib.sha256(told).hexdigest()[:12]


class TenantLanguages(Protocol):
    """What tenants want, as it is now."""

    def of(self, tenant: TenantName) -> Languages:
        """Return what a tenant wants; the defaults where it says nothing."""
        ...


def language_of(tag: str) -> str:
    """Return the language of a BCP 47 tag: `en` of `en-US`."""
    return tag.split("-", 1)[0].casefold()


def targets_in(value: str) -> tuple[str, ...]:
    """Return the languages that an attribute asks for, in order and once each.

    What is no language tag is passed over: a flow's mistake must not cost the rest.
    """
    tags = (part.strip() for part in value.split(","))
    languages = (language_of(tag) for tag in tags if tag and tag.replace("-", "").isalnum())
    known = (one for one in languages if one.isascii() and one.isalpha() and len(one) in {2, 3})
    return tuple(dict.fromkeys(known))[:TARGETS_MAX]
