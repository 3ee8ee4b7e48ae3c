"""What redaction makes of a recording, stated as its service would, and with no ears at all."""

from antiphon.events.redaction import AudioSpan, Cover, RedactedAudio
from antiphon.services.redaction.port import Samples
from antiphon.services.redaction.redactor import Redactor
from antiphon.services.store_patience import StorePatience

from ...builders import CONTACT, transcript_completed
from ...redaction_builders import redaction_applied, redaction_verified
from ..recording.booth import Booth

QUICK = StorePatience(again_s=0.001, again_longest_s=0.001, unreachable_s=5.0)


class Nobody:
    """Hears no voice anywhere."""

    name = "nobody/1"

    async def find(self, samples: Samples, *, rate_hz: int) -> list[tuple[int, int]]:
        assert rate_hz
        return [(0, 0)] if not samples.size else []


def redactor_of(booth: Booth) -> Redactor:
    return Redactor(booth.shelf, booth.keys, Nobody(), patience=QUICK)


async def redact(
    booth: Booth,
    *spans: AudioSpan,
    round_: int = 1,
    attempt: int = 1,
    cover: Cover = "beep",
) -> RedactedAudio:
    """Make an attempt to redact the newest recording, and state it."""
    audio = await redactor_of(booth).redact(
        CONTACT, await booth.stored(), spans, cover=cover, round_=round_, attempt=attempt
    )
    upto = (await booth.journal.state(CONTACT.tenant)).last
    await booth.tell(redaction_applied(round=round_, attempt=attempt, audio=audio, heard_upto=upto))
    return audio


async def release(
    booth: Booth, *spans: AudioSpan, round_: int = 1, cover: Cover = "beep"
) -> RedactedAudio:
    """Let the newest recording be redacted, and every check pass."""
    if round_ == 1:
        await booth.tell(transcript_completed())
    audio = await redact(booth, *spans, round_=round_, cover=cover)
    await booth.tell(redaction_verified(round=round_, attempt=1))
    return audio


async def destroy_original(booth: Booth) -> int:
    """Destroy a contact's original and its key, as a policy has it; return how many objects."""
    await booth.keys.destroy(CONTACT.tenant, f"original/{CONTACT.contact_id}")
    return await redactor_of(booth).delete_original(CONTACT)
