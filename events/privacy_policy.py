"""Register, kind `privacy`: which personal data is masked where, and what becomes of originals."""

from typing import ClassVar, Literal

from msgspec import Struct

from .base import RegisterEvent
from .privacy.kinds import PersonalKind, Place

KIND = "privacy"
ID = "policy"  # there is one

Cover = Literal["beep", "silence"]
Originals = Literal["keep", "destroy"]


class PersonalPattern(Struct, frozen=True, kw_only=True):
    """A tenant's own form of personal data, such as its customer numbers."""

    name: str  # of small letters, digits and hyphens
    expression: str  # in the syntax of RE2
    kind: PersonalKind = "other"


class Exemption(Struct, frozen=True, kw_only=True):
    """A kind of personal data that may be shown in some places."""

    kind: PersonalKind
    shown_in: tuple[Place, ...]


class PrivacyPolicyPublished(RegisterEvent, frozen=True, kw_only=True):
    """From now on this holds for what is said; what was masked before stays masked."""

    TYPE: ClassVar[str] = "privacy_policy_published"
    KIND: ClassVar[str] = KIND

    version: str  # of its content: the same policy has the same
    exemptions: tuple[Exemption, ...] = ()  # what is not named is shown nowhere
    patterns: tuple[PersonalPattern, ...] = ()
    allowed: tuple[str, ...] = ()  # never masked: what is everybody's, such as a hotline's number
    audible: tuple[PersonalKind, ...] = ()  # kinds that stay in the redacted recording
    cover: Cover = "beep"
    originals: Originals = "keep"  # `destroy`: as soon as the redaction is verified
    original_readers: tuple[str, ...] = ()  # ids of who may read and hear originals
