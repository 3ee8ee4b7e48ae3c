"""The domain says no; repeating the request cannot help."""

from .roots import Refused, Unknown


class ContactUnknown(Unknown):
    code = "contact_unknown"

    def __init__(self, contact_id: str) -> None:
        super().__init__(f"no contact {contact_id} has started")
        self.contact_id = contact_id


class RecordingAbsent(Unknown):
    """A contact without a recording, so far: nobody has said that there is to be one."""

    code = "recording_absent"

    def __init__(self, contact_id: str) -> None:
        super().__init__(f"nobody has said yet whether contact {contact_id} may be recorded")
        self.contact_id = contact_id


class RecordingUnwanted(Unknown):
    """Nobody consented to a recording."""

    code = "recording_declined"

    def __init__(self, contact_id: str, reason: str) -> None:
        super().__init__(f"contact {contact_id} is not recorded: consent was {reason}")
        self.contact_id = contact_id
        self.reason = reason


class RecordingMissed(Unknown):
    """There was consent, and no recording came of it."""

    code = "recording_failed"

    def __init__(self, contact_id: str, reason: str) -> None:
        super().__init__(f"contact {contact_id} could not be recorded: {reason}")
        self.contact_id = contact_id
        self.reason = reason


class EventUnknown(Unknown):
    """The catalogue lists no event of this type and version."""

    code = "event_unknown"

    def __init__(self, event_type: str, *, version: int) -> None:
        super().__init__(f"no event {event_type} of version {version}; see /v1/catalogue")
        self.event_type = event_type
        self.version = version


class WebhookUnknown(Unknown):
    """No such endpoint was registered, or it was removed."""

    code = "webhook_unknown"

    def __init__(self, webhook_id: str) -> None:
        super().__init__(f"there is no webhook {webhook_id}")
        self.webhook_id = webhook_id


class GuidanceUnknown(Unknown):
    code = "guidance_unknown"

    def __init__(self, contact_id: str, guidance_id: str) -> None:
        super().__init__(f"contact {contact_id} was never given guidance {guidance_id}")
        self.contact_id = contact_id
        self.guidance_id = guidance_id


class ArticleUnknown(Unknown):
    """No article of that id was published."""

    code = "article_unknown"

    def __init__(self, article_id: str) -> None:
        super().__init__(f"no article {article_id} was published")
        self.article_id = article_id


class CustomerUnknown(Unknown):
    """No contact of a customer is known, or none that is not erased already."""

    code = "customer_unknown"

    def __init__(self) -> None:
        # Which one is not repeated: it is a person's number.
        super().__init__("no contact of that customer is known that is not erased already")


class ErasureUnknown(Unknown):
    code = "erasure_unknown"

    def __init__(self, erasure_id: str) -> None:
        super().__init__(f"no erasure {erasure_id} was asked for")
        self.erasure_id = erasure_id


class TenantUnknown(Unknown):
    code = "tenant_unknown"

    def __init__(self, tenant: str) -> None:
        super().__init__(
            f"no tenant {tenant} is registered; `antiphon tenant add {tenant}` adds it"
        )
        self.tenant = tenant


class Malformed(Refused):
    """What was sent cannot be taken. Names the field, never repeats its value."""

    code = "malformed"

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class SignatureRefused(Refused):
    """A machine's request is not signed as its tenant's have to be. Says what is wrong."""

    code = "signature_refused"

    def __init__(self, problem: str) -> None:
        super().__init__(problem)


class IngestRefused(Refused):
    """A source that brings audio does not keep to the protocol, or may not bring it."""

    code = "ingest_refused"

    def __init__(self, problem: str) -> None:
        super().__init__(f"the audio is refused: {problem}")
        self.problem = problem  # snake_case; docs/ingest.md lists them


class StreamForbidden(Refused):
    """The account that holds a stream is not one that the tenant may use."""

    code = "stream_forbidden"

    def __init__(self, tenant: str, *, account: str) -> None:
        super().__init__(f"tenant {tenant} may not use streams of account {account or '(none)'}")
        self.tenant = tenant
        self.account = account


class ContactFinished(Refused):
    code = "contact_finished"

    def __init__(self, contact_id: str) -> None:
        super().__init__(f"contact {contact_id} has ended")
        self.contact_id = contact_id


class ContactStale(Refused):
    """A start that is older than what the streams still hold."""

    code = "contact_stale"

    def __init__(self, contact_id: str, *, age_s_max: int) -> None:
        super().__init__(f"contact {contact_id} began more than {age_s_max} s ago")
        self.contact_id = contact_id
        self.age_s_max = age_s_max


class SummaryUnwritten(Refused):
    """A contact that is not summed up yet."""

    code = "summary_unwritten"

    def __init__(self, contact_id: str) -> None:
        super().__init__(f"contact {contact_id} has no summary yet; ask for one so far, or wait")
        self.contact_id = contact_id


class RecordingUnfinished(Refused):
    """A contact that is being recorded; what there is can be heard once it is whole."""

    code = "recording_unfinished"

    def __init__(self, contact_id: str) -> None:
        super().__init__(f"contact {contact_id} is being recorded; it can be heard afterwards")
        self.contact_id = contact_id


class RecordingInQuarantine(Refused):
    """A recording that nobody has passed yet: what was to be removed may still be in it."""

    code = "recording_in_quarantine"

    def __init__(self, contact_id: str, state: str) -> None:
        super().__init__(f"the recording of contact {contact_id} is in quarantine: {state}")
        self.contact_id = contact_id
        self.state = state


class RecordingGone(Refused):
    """The person was erased, and their recording with them."""

    code = "recording_erased"

    def __init__(self, contact_id: str) -> None:
        super().__init__(f"the recording of contact {contact_id} was erased")
        self.contact_id = contact_id


class KeyDestroyed(Refused):
    """What this key sealed is gone for good: a person was erased."""

    code = "key_destroyed"

    def __init__(self, key_id: str) -> None:
        super().__init__(f"key {key_id} was destroyed")
        self.key_id = key_id


class EpochChanged(Refused):
    """A position names a stream that has since been made anew."""

    code = "epoch_changed"

    def __init__(self, stream: str, *, asked: str, current: str) -> None:
        super().__init__(
            f"position is of epoch {asked} of stream {stream}, which is now {current}; "
            "start again without a position"
        )
        self.stream = stream
        self.asked = asked
        self.current = current


class PositionBeyondEnd(Refused):
    """A position past everything the stream holds: it cannot have been read here."""

    code = "position_beyond_end"

    def __init__(self, stream: str, *, asked: int, last: int) -> None:
        super().__init__(
            f"position {asked} lies beyond the end ({last}) of stream {stream}; "
            "start again without a position"
        )
        self.stream = stream
        self.asked = asked
        self.last = last


class RebuildUnderWay(Refused):
    """Two rebuilds of one read model would write into the same tables."""

    code = "rebuild_under_way"

    def __init__(self, projection: str) -> None:
        super().__init__(f"projection {projection} is being rebuilt already")
        self.projection = projection


class SettingWrong(Refused):
    """A value this process was started with cannot be. Names the variable."""

    code = "setting_wrong"

    def __init__(self, variable: str, problem: str) -> None:
        super().__init__(f"{variable}: {problem}")
        self.variable = variable


class DataDirectoryBusy(Refused):
    code = "data_directory_busy"

    def __init__(self, data_dir: str, *, pid: int | None) -> None:
        holder = "another process" if pid is None else f"process {pid}"
        super().__init__(
            f"{holder} runs Antiphon on {data_dir}; stop it, "
            "or name another directory with ANTIPHON_DATA_DIR"
        )
        self.data_dir = data_dir
        self.pid = pid


class RootKeyMissing(Refused):
    """Keys exist whose root is not the one at hand: nothing sealed could be read."""

    code = "root_key_missing"

    def __init__(self, root_key_file: str, problem: str) -> None:
        super().__init__(f"{root_key_file}: {problem}")
        self.root_key_file = root_key_file


class ArchiveOfOtherEpoch(Refused):
    """The archive continues another incarnation of the stream than the one there is now."""

    code = "archive_of_other_epoch"

    def __init__(self, stream: str, *, archived: str, current: str) -> None:
        super().__init__(
            f"the archive of stream {stream} holds epoch {archived}, the log is epoch {current}: "
            "their positions do not continue each other; name the epoch to read"
        )
        self.stream = stream
        self.archived = archived
        self.current = current


class LanguageUnsupported(Refused):
    """The recogniser does not understand the contact's language."""

    code = "language_unsupported"

    def __init__(self, recognizer: str, *, language: str) -> None:
        super().__init__(f"{recognizer} does not understand {language}")
        self.recognizer = recognizer
        self.language = language


class ModelUnusable(Refused):
    """The local recogniser's model is missing, or is not the one that was asked for."""

    code = "model_unusable"

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
