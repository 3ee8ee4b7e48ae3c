"""Every event there is. What is not listed here cannot be appended or read."""

from . import contact, guidance, media, speech
from .base import Event

EVENTS: tuple[type[Event], ...] = (
    contact.ContactStarted,
    contact.MediaOffered,
    contact.AgentConnected,
    contact.ContactHeld,
    contact.ContactResumed,
    contact.AttributesSet,
    contact.ContactEnded,
    contact.GuidanceShown,
    contact.GuidanceUsed,
    contact.GuidanceDismissed,
    media.AudioStreamOpened,
    media.AudioReceived,
    media.AudioGap,
    media.AudioStreamClosed,
    speech.UtteranceFinalized,
    speech.RecognizerSwitched,
    speech.SpeechGap,
    speech.TranscriptCompleted,
    guidance.MomentDetected,
    guidance.GuidanceIssued,
    guidance.GuidanceExpired,
    guidance.ChecklistItemTicked,
)
