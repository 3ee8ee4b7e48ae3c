"""What was said on a contact before anything was masked, for who may read it."""

from collections.abc import AsyncIterator

from litestar import Controller, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from msgspec import Struct

from ..commands.privacy import PrivacyPolicies
from ..errors import ContactUnknown, KeyDestroyed, OriginalsForbidden, OriginalsGone
from ..events.access import OriginalsRead
from ..events.base import START, ContactId, ContactRef, TenantName, UtteranceId
from ..events.codec import decode_envelope, decode_event
from ..events.privacy.kinds import PersonalKind
from ..events.speech import UtteranceOriginal
from ..projections.transcript_rows import ERASED
from .bodies import checked_id
from .ports import Ports
from .reader import Reader, note_access, provide_reader


class OriginalSpan(Struct, frozen=True, kw_only=True):
    """Words of personal data in an original."""

    kind: PersonalKind
    first_word: int
    last_word: int


class OriginalUtterance(Struct, frozen=True, kw_only=True):
    """An utterance as it was said; card data is nowhere."""

    utterance_id: UtteranceId
    text: str
    spans: tuple[OriginalSpan, ...]


class Originals(Struct, frozen=True, kw_only=True):
    """The utterances of which something was masked, in the order in which they were finished."""

    contact_id: ContactId
    utterances: tuple[OriginalUtterance, ...]


class OriginalsController(Controller):
    path = "/v1/contacts/{contact_id:str}/originals"
    tags = ["privacy"]  # noqa: RUF012 (the framework declares it so)
    dependencies = {"reader": Provide(provide_reader, sync_to_thread=False)}  # noqa: RUF012 (as above)

    @get()
    async def originals(
        self,
        contact_id: FromPath[str],
        tenant: NamedDependency[TenantName],
        ports: NamedDependency[Ports],
        reader: NamedDependency[Reader],
        privacy_policies: NamedDependency[PrivacyPolicies],
    ) -> Originals:
        """Return what was masked of a contact, as it was said.

        403 unless the tenant's privacy policy names the reader (`Antiphon-Actor`). Each reading
        is recorded before anything is told. 410 once the originals, or the person, are gone.
        """
        contact = ContactRef(tenant, ContactId(checked_id("contact_id", contact_id)))
        if not await privacy_policies.may_read_originals(tenant, reader.id):
            raise OriginalsForbidden
        if await ports.journal.lane_end(contact, "life") == START:
            raise ContactUnknown(contact.contact_id)
        await note_access(
            OriginalsRead(contact_id=contact.contact_id, reason=reader.reason),
            reader=reader,
            tenant=tenant,
            ports=ports,
        )
        found = [_told(one) async for one in _originals_of(contact, ports)]
        return Originals(contact_id=contact.contact_id, utterances=tuple(found))


async def _originals_of(contact: ContactRef, ports: Ports) -> AsyncIterator[UtteranceOriginal]:
    """Yield a contact's originals, opened.

    Raises:
        OriginalsGone: none is left that could be opened.
    """
    try:
        key = await ports.journal.key_of_originals(contact)
    except KeyDestroyed as error:
        raise OriginalsGone(contact.contact_id) from error
    batches = ports.history.read_stored(
        contact.tenant, contact_id=contact.contact_id, lanes=("speech",)
    )
    async for batch in batches:
        for stored in batch:
            envelope = decode_envelope(stored.payload)
            if envelope.type == UtteranceOriginal.TYPE:
                event = decode_event(envelope, keys={key.id: key})
                if isinstance(event, UtteranceOriginal):
                    yield event


def _told(original: UtteranceOriginal) -> OriginalUtterance:
    return OriginalUtterance(
        utterance_id=original.utterance_id,
        text=original.text.reveal_or(ERASED),
        spans=tuple(
            OriginalSpan(kind=span.kind, first_word=span.first_word, last_word=span.last_word)
            for span in original.spans
        ),
    )
