"""Voice detectors are lent again and again, and a peak of sessions leaves few of them behind."""

import gc
from weakref import WeakSet

from antiphon.services.transcription.whisper.voice import VoiceDetectors

KEPT = 4


def test_of_a_peak_of_sessions_few_detectors_are_kept_and_what_the_rest_took_is_given_back() -> (
    None
):
    detectors = VoiceDetectors()
    lent = [detectors.lend() for _ in range(KEPT + 2)]
    there = WeakSet(lent)

    while lent:
        detectors.give_back(lent.pop())

    gc.collect()
    assert len(there) == detectors.spare == KEPT
    assert detectors.settle()
    assert not detectors.settle()  # nothing was let go since


def test_sessions_that_follow_each_other_share_a_detector_and_give_nothing_back() -> None:
    detectors = VoiceDetectors()
    first = detectors.lend()
    detectors.give_back(first)

    second = detectors.lend()
    detectors.give_back(second)

    assert second is first
    assert not detectors.settle()
