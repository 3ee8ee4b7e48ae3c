"""The eraser of one process, put together."""

from collections.abc import Callable
from datetime import datetime

from ...commands.eraser import Eraser
from ...commands.erasure_ports import Holds, Signer
from ...commands.erasures import Erasures
from ...events.base import TenantName
from ...events.journal import Journal
from ...events.keys import KeyStore
from ...events.register import Register
from ..archive_key import archive_signer
from ..archived_register import ArchivedRegister
from ..jetstream.letters import LetterBox
from ..jetstream.subjects_kept import SubjectsKept
from ..postgres import Databases
from .dead_rows import DeadRows
from .in_archive import Archived, ArchiveKept
from .in_log import AudioKept, FactsKept
from .letters import LettersKept
from .objects import Objects, ObjectsKept
from .read_models import ReadModelRows, SpareGenerations


def eraser_of(
    *,
    journal: Journal,
    register: Register,
    keys: KeyStore,
    databases: Databases,
    subjects: SubjectsKept,
    objects: Objects,
    letters: LetterBox,
    holds: Holds,
    now: Callable[[], datetime],
    archived: ArchivedRegister | None,
) -> Eraser:
    """Return what erases from every store there is; `archived` None: nothing is archived."""

    async def signer(tenant: TenantName) -> Signer:
        return await archive_signer(keys, tenant)

    return Eraser(
        journal=journal,
        erasures=Erasures(register, now=now),
        keys=keys,
        now=now,
        signers=signer,
        holds=holds,
        stores=(
            FactsKept(subjects),
            AudioKept(subjects),
            ObjectsKept(objects),
            LettersKept(letters),
            *(() if archived is None else (ArchiveKept(archived),)),
        ),
        readers=(ReadModelRows(databases, journal),),
        copies=(SpareGenerations(databases), DeadRows(databases)),
        archived=None if archived is None else Archived(archived, register),
    )
