"""Random numbers in several voices, redacted as in calls, and heard by another recogniser.

What is counted is the first attempt, before any check has sent it back: what checks are for.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct
from rich.table import Table

from ..services.redaction.port import SecondListener, SpeechFinder
from ..services.transcription.port import Recognizer
from .evaluating.clips import random_clips, routine_clips
from .evaluating.leaks import Outcome, Speak, outcomes
from .evaluating.shares import Share

NEEDLESS_MAX = 0.02  # of the speech of routine clips


class AudioReport(Struct, frozen=True, kw_only=True):
    """The figures."""

    seed: int
    listener: str
    clips: int  # with a number in each
    routine: int  # without any
    leaks: int
    leaks_interval_95: tuple[float, float]  # of the share that leaks
    controls: int  # clips that were heard unredacted too
    controls_heard: int  # of these, how many numbers were understood
    removed: float  # share of the samples of clips with a number
    needless: float  # share of the speech of routine clips
    real_time_factor: float  # to find speech, plan and redact
    by_voice: Mapping[str, tuple[int, int]]  # leaks, of how many
    by_kind: Mapping[str, tuple[int, int]]
    leaked: tuple[str, ...]  # which: number, voice and kind

    @property
    def met(self) -> bool:
        """Whether nothing was heard that should not be, little else is gone, and ears are good."""
        hears = self.controls_heard > 0 or not self.controls
        return self.clips > 0 and not self.leaks and self.needless < NEEDLESS_MAX and hears


async def evaluate_audio(
    count: int,
    *,
    voices: Mapping[str, Speak],
    seed: int,
    recognizer: Recognizer,
    finder: SpeechFinder,
    listener: SecondListener,
    tell: Callable[[int, int], None],
) -> AudioReport:
    """Return what leaks of so many clips. `tell` is called with how many are done, of how many.

    Raises:
        ModelUnusable, RecognizerFailed: one of the recognisers cannot say.
    """
    names = list(voices)
    clips = list(random_clips(count, voices=names, seed=seed))
    clips += routine_clips(voices=names, first=count)
    done: list[Outcome] = []
    tell(0, len(clips))
    heard = outcomes(clips, voices=voices, recognizer=recognizer, finder=finder, listener=listener)
    async for one in heard:
        done.append(one)
        tell(len(done), len(clips))
    return report_of(done, seed=seed, listener=listener.name)


def report_of(done: Sequence[Outcome], *, seed: int, listener: str) -> AudioReport:
    """Return the figures of what became of clips."""
    told = [one for one in done if one.clip.digits]
    routine = [one for one in done if not one.clip.digits]
    leaks = [one for one in told if one.leak]
    controls = [one.control for one in told if one.control is not None]
    return AudioReport(
        seed=seed,
        listener=listener,
        clips=len(told),
        routine=len(routine),
        leaks=len(leaks),
        leaks_interval_95=Share(name="leaks", count=len(leaks), of=len(told)).interval,
        controls=len(controls),
        controls_heard=sum(controls),
        removed=_ratio((one.beeped_ms, one.audio_ms) for one in told),
        needless=_ratio((one.removed_ms, one.speech_ms) for one in routine),
        real_time_factor=_ratio((round(1_000 * one.taken_s), one.audio_ms) for one in done),
        by_voice=_split(told, lambda one: one.clip.voice),
        by_kind=_split(told, lambda one: str(one.clip.kind)),
        leaked=tuple(f"{one.clip.number} {one.clip.voice} {one.clip.kind}" for one in leaks),
    )


def tables(report: AudioReport) -> list[Table]:
    """Return the figures as people read them."""
    low, high = report.leaks_interval_95
    whole = Table("what", "figure", "aim", title=f"seed {report.seed}", title_justify="left")
    whole.add_row(
        f"leaks that {report.listener} heard",
        f"{report.leaks} of {report.clips} ({low:.1%} to {high:.1%})",
        "0",
    )
    whole.add_row(
        "understood where nothing is removed", f"{report.controls_heard} of {report.controls}", ""
    )
    whole.add_row("removed of clips with a number", f"{report.removed:.1%}", "")
    whole.add_row(
        f"speech removed of {report.routine} routine clips",
        f"{report.needless:.2%}",
        f"under {NEEDLESS_MAX:.0%}",
    )
    whole.add_row("real-time factor", f"{report.real_time_factor:.3f}", "")
    split = Table("of", "leaks", "clips")
    for name, (leaks, clips) in (*report.by_voice.items(), *report.by_kind.items()):
        split.add_row(name, str(leaks), str(clips))
    return [whole, split]


def _ratio(pairs: Iterable[tuple[int, int]]) -> float:
    counted = list(pairs)
    whole = sum(of for _, of in counted)
    return sum(part for part, _ in counted) / whole if whole else 0.0


def _split(
    done: Sequence[Outcome], name: Callable[[Outcome], str]
) -> Mapping[str, tuple[int, int]]:
    clips = Counter(name(one) for one in done)
    leaks = Counter(name(one) for one in done if one.leak)
    return {key: (leaks[key], clips[key]) for key in sorted(clips)}
