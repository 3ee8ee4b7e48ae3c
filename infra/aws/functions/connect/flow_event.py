"""A contact flow's event, and the start that it asks for.

Source: "Invoke AWS Lambda functions" of the Amazon Connect administrator guide; "Start media
streaming" for `MediaStreams`. What each attribute means stands in `docs/connect.md`.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, cast

from .reading import epoch_ms, is_id, is_voice, last_part, of, text, written

NAME_CHARS_MAX = 256  # what Antiphon takes as the name of a queue, a profile, an attribute
ARN_CHARS_MAX = 2_048
ATTRIBUTES_MAX = 512
# Connect holds 32 KiB of attributes; Antiphon takes as many characters in one value.
ATTRIBUTE_CHARS_MAX = 32_768

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_LANGUAGE_CHARS_MAX = 35
_FRAGMENT = re.compile(r"[0-9]{1,128}")
_YES = frozenset({"true", "yes", "on", "1"})
_NO = frozenset({"false", "no", "off", "0"})


@dataclass(frozen=True, kw_only=True)
class Start:
    """A start to be posted, and what of the event could not be used."""

    contact_id: str
    body: Mapping[str, Any]
    agent_id: str | None = None  # known in whispers: there the agent is connected already
    warnings: tuple[str, ...] = ()  # names of what was left out

    @property
    def has_media(self) -> bool:
        return "media" in self.body


@dataclass(frozen=True)
class NothingToStart:
    """The contact is not to be followed; `reason` is a code that the flow may look at."""

    reason: str


def start_of(event: object, *, instance_arns: Collection[str]) -> Start | NothingToStart:
    """Return what the event asks for. Never raises, whatever the event is."""
    contact = of(event, "Details", "ContactData")
    parameters = of(event, "Details", "Parameters")
    if reason := _reason_against(contact, parameters, instance_arns):
        return NothingToStart(reason)

    contact_id = cast("str", text(contact, "ContactId"))
    body: dict[str, Any] = {
        "contact_id": contact_id,
        "instance_arn": text(contact, "InstanceARN"),
        "attributes": {},
    }
    warnings = [
        *_put_ids(body, contact),
        *_put_names(body, contact, parameters),
        *_put_language(body, contact),
        *_put_media(body, contact),
        *_put_attributes(body, contact),
    ]
    agent_id = last_part(text(parameters, "agentArn"))
    if agent_id is not None and not is_id(agent_id):
        agent_id, warnings = None, [*warnings, "agentArn"]
    return Start(
        contact_id=contact_id, body=body, agent_id=agent_id, warnings=tuple(sorted(set(warnings)))
    )


def _reason_against(
    contact: object, parameters: object, instance_arns: Collection[str]
) -> str | None:
    contact_id = text(contact, "ContactId")
    if contact_id is None or not is_id(contact_id):
        return "contact_id_missing"
    if text(contact, "InstanceARN") not in instance_arns:
        return "instance_not_allowed"
    if not is_voice(contact, "Channel"):
        return "channel_not_voice"
    if (text(parameters, "action") or "start").lower() != "start" or _is_stopped(contact):
        # Connect's own event tells the end, to the millisecond; a stopped stream starts nothing.
        return "streaming_stopped"
    enabled = (_setting(contact, parameters, "assist_enabled") or "true").lower()
    if enabled in _NO:
        return "not_enabled"
    return None if enabled in _YES else "assist_enabled_unreadable"


def _is_stopped(contact: object) -> bool:
    return text(_audio(contact), "StopFragmentNumber") is not None


def _setting(contact: object, parameters: object, name: str) -> str | None:
    """Return a setting of ours: the block's own parameter comes before the contact's attribute."""
    head, *rest = name.split("_")
    camel = head + "".join(word.capitalize() for word in rest)
    return text(parameters, camel) or text(parameters, name) or text(contact, "Attributes", name)


def _put_ids(body: dict[str, Any], contact: object) -> list[str]:
    initial = text(contact, "InitialContactId")
    if initial is None:
        return []
    if not is_id(initial):
        return ["InitialContactId"]
    body["initial_contact_id"] = initial
    return []


def _put_names(body: dict[str, Any], contact: object, parameters: object) -> list[str]:
    queue = text(contact, "Queue", "Name") or last_part(text(contact, "Queue", "ARN"))
    given = {
        "queue": queue,
        "profile": _setting(contact, parameters, "assist_profile"),
        "customer_endpoint": text(contact, "CustomerEndpoint", "Address"),
    }
    warnings: list[str] = []
    for name, value in given.items():
        if value is not None and _is_storable(value, chars_max=NAME_CHARS_MAX):
            body[name] = value
        elif value is not None:
            warnings.append(name)
    return warnings


def _put_language(body: dict[str, Any], contact: object) -> list[str]:
    warnings: list[str] = []
    for place in (("Attributes", "assist_language"), ("LanguageCode",)):
        language = text(contact, *place)
        if language is None:
            continue
        if len(language) <= _LANGUAGE_CHARS_MAX and _LANGUAGE.fullmatch(language):
            body["language"] = language
            break
        warnings.append(place[-1])
    return warnings


def _put_media(body: dict[str, Any], contact: object) -> list[str]:
    audio = _audio(contact)
    arn, fragment = text(audio, "StreamARN"), text(audio, "StartFragmentNumber")
    began = text(audio, "StartTimestamp")
    if arn is None and fragment is None and began is None:
        return []
    started_at = epoch_ms(began)
    usable = arn is not None and _is_storable(arn, chars_max=ARN_CHARS_MAX)
    if not usable or fragment is None or not _FRAGMENT.fullmatch(fragment) or started_at is None:
        return ["MediaStreams"]
    body["media"] = {
        "stream_arn": arn,
        "start_fragment_number": fragment,
        "started_at": written(started_at),
    }
    return []


def _put_attributes(body: dict[str, Any], contact: object) -> list[str]:
    given = of(contact, "Attributes")
    if not isinstance(given, Mapping):
        return []
    kept: dict[str, str] = {}
    for name, value in cast("Mapping[Any, Any]", given).items():
        fits = (
            isinstance(name, str)
            and isinstance(value, str)
            and name != ""
            and len(kept) < ATTRIBUTES_MAX
            and _is_storable(name, chars_max=NAME_CHARS_MAX)
            and _is_storable(value, chars_max=ATTRIBUTE_CHARS_MAX)
        )
        if fits:
            kept[name] = value
    body["attributes"] = kept
    return ["Attributes"] if len(kept) < len(cast("Mapping[Any, Any]", given)) else []


def _audio(contact: object) -> object:
    return of(contact, "MediaStreams", "Customer", "Audio")


def _is_storable(value: str, *, chars_max: int) -> bool:
    if len(value) > chars_max or "\x00" in value:
        return False
    try:
        value.encode()
    except UnicodeEncodeError:  # a lone half of a surrogate pair
        return False
    return True
