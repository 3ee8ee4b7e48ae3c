"""Makes the sample calls beside this file: the words, the voices, the telephone line.

Not run by the tests: its products are kept in `calls/`. Needs Debian's `flite` and `sox`:

    python -m antiphon.infra.simulator.make_calls

Each turn is spoken by a flite voice, squeezed through a telephone line (300–3400 Hz, G.711 µ-law
and back, 8 kHz), trimmed to what is audible, and laid on its party's track after the pause that a
person would leave. Channel 0 is what the customer says, channel 1 what the customer hears.
The words are our own; nobody in them exists.
"""

import shutil
import subprocess
import sys
import tempfile
import wave
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

Party = Literal["customer", "agent"]
Samples = NDArray[np.int16]

RATE_HZ = 8_000
SAMPLES_PER_MS = RATE_HZ // 1_000
AUDIBLE = 200  # int16 steps; µ-law's own noise around silence stays under 100
PACE = 0.9  # flite's duration_stretch: people on the phone speak faster than it does
LEAD_MS = 600  # the line is open before anyone speaks
TAIL_MS = 1_000  # and stays open for a moment after the last word
BAND = ["sinc", "300-3400", "gain", "-n", "-6"]  # Hz; dB below full scale
CALLS = Path(__file__).parent / "calls"


class Turn(NamedTuple):
    party: Party
    pause_ms: int  # after the end of the turn before; negative: talks over its end
    text: str


class Script(NamedTuple):
    name: str
    voices: dict[Party, str]  # flite's names
    turns: list[Turn]


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    """One turn as it stands in the recording: the truth that recognisers are measured by."""

    party: Party
    text: str
    started_ms: int  # first audible sample, from the start of the recording
    ended_ms: int  # end of the last audible sample


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """What the JSON beside a recording says."""

    wav: str
    duration_ms: int
    voices: dict[Party, str]
    turns: list[Spoken]


PRICE_RISE = Script(
    "price_rise",
    {"customer": "slt", "agent": "rms"},
    [
        Turn("agent", 0, "Thanks for calling Brightline. This call is recorded. How can I help?"),
        Turn(
            "customer",
            450,
            "Hi, um, my bill went up by eleven dollars this month and nobody told me. "
            "I think I just want to cancel the whole thing.",
        ),
        Turn(
            "agent",
            500,
            "Oh, I'm sorry about that. Let me have a look. What's your date of birth, please?",
        ),
        Turn("customer", 600, "It's the ninth of March, nineteen eighty four."),
        Turn(
            "agent",
            700,
            "Great, thank you. So your discount ran out on the first, that's why it's higher.",
        ),
        Turn("customer", -350, "Right, but if I leave now, do I have to pay some kind of fee?"),
        Turn("agent", 450, "No, your contract ended last year, so there isn't one."),
        Turn("customer", 350, "Okay, and can I get those eleven dollars back?"),
        Turn(
            "agent",
            600,
            "I'll take it off your next bill. And if you stay, "
            "I can give you the old price for another year.",
        ),
        Turn("customer", 700, "Hm. Could you put that in an email? I want to think about it."),
        Turn("agent", 300, "Sure, it's on its way. Anything else today?"),
        Turn("customer", 350, "No, that's all. Thank you. Bye."),
    ],
)

INTERNET_DOWN = Script(
    "internet_down",
    {"customer": "rms", "agent": "slt"},
    [
        Turn(
            "agent",
            0,
            "Good morning, technical support. Just so you know, we record this line. "
            "What's going on?",
        ),
        Turn(
            "customer",
            450,
            "Yeah, hello. My internet has been down since last night, "
            "and I work from home, so I kind of need it.",
        ),
        Turn("agent", 500, "I understand. Is there a red light on the front of your router?"),
        Turn("customer", 600, "There's an orange one, and it keeps blinking."),
        Turn(
            "agent",
            400,
            "Okay. Could you pull the power plug, wait ten seconds, and put it back in?",
        ),
        Turn("customer", -300, "I already did that, twice. It didn't change anything."),
        Turn(
            "agent",
            600,
            "Alright, I can see a fault in your area. It should be fixed by four this afternoon.",
        ),
        Turn(
            "customer",
            550,
            "Really? That's a whole day gone. Am I still going to be charged for it?",
        ),
        Turn(
            "agent",
            500,
            "No, we'll take that day off. Would you like us to call you back once it's working?",
        ),
        Turn("customer", 450, "Yes please, on this number."),
        Turn("agent", 350, "Done. Thanks for your patience."),
        Turn("customer", 300, "Alright, bye."),
    ],
)


def main() -> None:
    """Write every call's recording and sheet into `calls/`."""
    for tool in ("flite", "sox"):
        if shutil.which(tool) is None:
            sys.exit(f"{tool} is not installed; on Debian: apt-get install flite sox")
    for script in (PRICE_RISE, INTERNET_DOWN):
        sheet = make(script, into=CALLS)
        print(f"{sheet.wav}: {sheet.duration_ms / 1000:.1f} s, {len(sheet.turns)} turns")  # noqa: T201  # a maker's own terminal


def make(script: Script, *, into: Path) -> Sheet:
    """Speak `script`; leave `<name>.wav` and `<name>.json` in the folder `into`."""
    spoken: list[Spoken] = []
    voiced: list[tuple[Party, int, Samples]] = []
    cursor_ms = LEAD_MS
    for turn in script.turns:
        words = _say(turn.text, voice=script.voices[turn.party])
        started_ms = cursor_ms + turn.pause_ms
        cursor_ms = started_ms + -(-len(words) // SAMPLES_PER_MS)
        voiced.append((turn.party, started_ms, words))
        spoken.append(
            Spoken(party=turn.party, text=turn.text, started_ms=started_ms, ended_ms=cursor_ms)
        )
    duration_ms = cursor_ms + TAIL_MS
    name = f"{script.name}.wav"
    _write(into / name, _laid_out(voiced, duration_ms))
    sheet = Sheet(wav=name, duration_ms=duration_ms, voices=script.voices, turns=spoken)
    pretty = msgspec.json.format(msgspec.json.encode(sheet), indent=2)
    (into / f"{script.name}.json").write_bytes(pretty + b"\n")
    return sheet


def _say(text: str, *, voice: str) -> Samples:
    """Return `text` as a telephone carries it, without the silence around it."""
    with tempfile.TemporaryDirectory() as folder:
        studio, line, heard = (
            Path(folder) / name for name in ("studio.wav", "line.wav", "out.raw")
        )
        pace = f"duration_stretch={PACE}"
        _run("flite", "-voice", voice, "--setf", pace, "-t", text, "-o", studio)
        # -R makes the dither repeatable: the same words give the same bytes.
        _run("sox", "-R", studio, "-r", RATE_HZ, "-e", "mu-law", "-b", 8, line, *BAND)
        _run("sox", "-R", line, "-e", "signed-integer", "-b", 16, "-L", heard)
        samples = np.fromfile(heard, dtype="<i2")
    audible = np.flatnonzero(np.abs(samples.astype(np.int32)) > AUDIBLE)
    return samples[audible[0] : audible[-1] + 1].astype(np.int16)


def _laid_out(voiced: list[tuple[Party, int, Samples]], duration_ms: int) -> Samples:
    """Return an array of shape (samples, 2) with each party's turns on its own channel."""
    call = np.zeros((duration_ms * SAMPLES_PER_MS, 2), dtype=np.int16)
    for party, started_ms, words in voiced:
        first = started_ms * SAMPLES_PER_MS
        call[first : first + len(words), 0 if party == "customer" else 1] = words
    return call


def _write(path: Path, call: Samples) -> None:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(RATE_HZ)
        out.writeframes(call.astype("<i2").tobytes())


def _run(*command: object) -> None:
    subprocess.run([str(part) for part in command], check=True)  # noqa: S603  # fixed tools, own words


if __name__ == "__main__":
    main()
