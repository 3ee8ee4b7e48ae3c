"""Every event there is. What is not listed here cannot be appended or read."""

from . import access, contact, erasure, guidance, media, recording, speech
from .base import Event, RegisterEvent

# Of contacts: each stands in a lane.
EVENTS: tuple[type[Event], ...] = (
    contact.ContactStarted,
    contact.MediaOffered,
    contact.AgentConnected,
    contact.ContactHeld,
    contact.ContactResumed,
    contact.AttributesSet,
    contact.ContactEnded,
    contact.ContactEndCorrected,
    contact.ContactErased,
    contact.GuidanceShown,
    contact.GuidanceUsed,
    contact.GuidanceDismissed,
    media.AudioRefused,
    media.AudioStreamOpened,
    media.AudioReceived,
    media.AudioGap,
    media.AudioStreamClosed,
    media.AudioRepaired,
    speech.UtteranceFinalized,
    speech.RecognizerSwitched,
    speech.SpeechGap,
    speech.TranscriptCompleted,
    speech.TextStreamOpened,
    speech.TextStreamClosed,
    guidance.MomentDetected,
    guidance.GuidanceIssued,
    guidance.GuidanceExpired,
    guidance.ChecklistItemTicked,
    recording.RecordingConsented,
    recording.RecordingDeclined,
    recording.RecordingPartStored,
    recording.RecordingStored,
    recording.RecordingFailed,
    recording.RecordingErased,
)

# Of tenants: each is of a kind, and about no single contact.
REGISTER_EVENTS: tuple[type[RegisterEvent], ...] = (
    access.HistoryRead,
    access.DeskRecalled,
    access.ContactReplayed,
    access.RecordingRead,
    access.AccessRead,
    erasure.ErasureRequested,
    erasure.ErasureCompleted,
)

CATALOGUE: tuple[type[Event], ...] = (*EVENTS, *REGISTER_EVENTS)
