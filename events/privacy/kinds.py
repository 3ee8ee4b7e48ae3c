"""What personal data there is, and where it may be masked."""

from typing import Literal, get_args

PersonalKind = Literal[
    "card_number",
    "expiry_date",
    "security_code",
    "pin",
    "account_number",
    "national_id",
    "phone_number",
    "email_address",
    "date_of_birth",
    "postal_address",
    "person_name",
    "other",  # a tenant's own pattern
]
PERSONAL_KINDS: tuple[PersonalKind, ...] = get_args(PersonalKind)

# Where what was said is shown: on the agent's desk while the call goes on, to guidance and other
# models, in what is written of the call (summary, insights), and to whoever reads, searches or
# exports the transcript.
Place = Literal["desk", "models", "summary", "transcript"]
PLACES: tuple[Place, ...] = get_args(Place)

# Spelled so that people, phrase rules and language models read them alike. One word each.
PERSONAL_MASKS: dict[PersonalKind, str] = {
    kind: f"[{kind.replace('_', '-')}]" for kind in PERSONAL_KINDS
}
