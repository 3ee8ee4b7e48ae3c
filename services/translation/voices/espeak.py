"""espeak-ng behind the Voice port: needs no account, and sounds like it.

It is a program of its own (GPL-3), started for each text and never linked. It is handed the text on
its standard input, without a shell. Source: its manual, `--stdin`, `--stdout`, `-b`, `-v`.
"""

import asyncio
import contextlib
import re
import shutil
import struct
import time
from collections.abc import AsyncGenerator

from ....errors import VoiceFailed
from ..voice import SAMPLE_BYTES, SPEECH_BYTES_MAX

_VERSION = "1"  # of this adapter
PROGRAM = "espeak-ng"
RATE_HZ = 22_050
PROGRAMS_MAX = 4  # at once: each takes a core for a tenth of a second
HEADER_BYTES = 44  # of a WAV whose length is not known yet
PIECE_BYTES = 32 * 1024

# Those that have words enough here to be understood; the program knows a hundred.
_KNOWN = (
    "ar bg bs ca cs cy da de el en es et fa fi fr hi hr hu id it ko lt lv nl no pl pt ro ru "
    "sk sl sq sr sv sw ta tr uk vi"
)
LANGUAGES = frozenset(_KNOWN.split())
_VOICE = re.compile(r"[a-z][a-z0-9+-]{0,30}")


def installed() -> str | None:
    """Return the program's path; None: there is none here, and replies are text only."""
    return shutil.which(PROGRAM)


class EspeakVoice:
    """Satisfies `Voice`."""

    name = f"{PROGRAM}/{_VERSION}"
    sample_rate_hz = RATE_HZ

    def __init__(self, program: str) -> None:
        """`program` is a path, as `installed` gives it."""
        self._program = program
        self._turns = asyncio.Semaphore(PROGRAMS_MAX)

    def speaks(self, language: str) -> bool:
        """See `Voice`."""
        return language in LANGUAGES

    async def synthesise(
        self, text: str, *, language: str, voice: str | None, deadline_s: float
    ) -> AsyncGenerator[bytes]:
        """See `Voice`."""
        wanted = voice or language
        if not _VOICE.fullmatch(wanted):
            raise VoiceFailed("refused")
        until = time.monotonic() + deadline_s
        try:
            async with asyncio.timeout(deadline_s), self._turns:
                program = await self._started(wanted)
        except TimeoutError:
            raise VoiceFailed("late") from None
        pieces = _pieces(program, text, until)
        try:
            async with contextlib.aclosing(pieces):
                async for piece in pieces:
                    yield piece
        finally:
            await _gone(program)

    async def _started(self, voice: str) -> asyncio.subprocess.Process:
        pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
        arguments = ("--stdin", "--stdout", "-b", "1", "-v", voice)  # 1: the text is UTF-8
        try:
            return await asyncio.create_subprocess_exec(
                self._program, *arguments, stdin=pipe, stdout=pipe, stderr=nothing
            )
        except OSError as error:
            raise VoiceFailed("unavailable", retry="never") from error


async def _pieces(
    program: asyncio.subprocess.Process, text: str, until: float
) -> AsyncGenerator[bytes]:
    assert program.stdin is not None, "piped"
    assert program.stdout is not None, "piped"
    sent = 0
    try:
        async with asyncio.timeout(until - time.monotonic()):
            # Shorter than a pipe holds, so it cannot wait for the program to speak.
            program.stdin.write(text.encode())
            with contextlib.suppress(ConnectionError):
                await program.stdin.drain()
            program.stdin.close()
            _check(await _header(program.stdout))
        while piece := await _next(program.stdout, until):
            sent += len(piece)
            if sent > SPEECH_BYTES_MAX:
                raise VoiceFailed("too_long")
            yield piece
        async with asyncio.timeout(until - time.monotonic()):
            status = await program.wait()
    except TimeoutError:
        raise VoiceFailed("late") from None
    if status != 0:
        raise VoiceFailed("refused" if not sent else "cut_off")
    if not sent:
        raise VoiceFailed("empty")


async def _next(output: asyncio.StreamReader, until: float) -> bytes:
    """Return whole samples, nothing at the end."""
    async with asyncio.timeout(until - time.monotonic()):
        piece = await output.read(PIECE_BYTES)
        if len(piece) % SAMPLE_BYTES:
            rest = await output.read(1)
            if not rest:
                raise VoiceFailed("cut_off")
            piece += rest
    return piece


async def _header(output: asyncio.StreamReader) -> bytes:
    try:
        return await output.readexactly(HEADER_BYTES)
    except asyncio.IncompleteReadError as error:
        # It says why on its standard error: no such voice, no such language.
        raise VoiceFailed("refused" if not error.partial else "not_audio") from None


def _check(header: bytes) -> None:
    """Refuse what is not 16 bits of one channel at our rate. Source: RIFF, format 1 (PCM)."""
    riff, wave, kind, channels, rate_hz = struct.unpack("<4s4x4s8xHHI", header[:28])
    if (riff, wave, kind, channels, rate_hz) != (b"RIFF", b"WAVE", 1, 1, RATE_HZ):
        raise VoiceFailed("not_audio")


async def _gone(program: asyncio.subprocess.Process) -> None:
    """Leave no program behind, nor its pipes."""
    assert program.stdout is not None, "piped"
    if program.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            program.kill()
    # Its end is not told before its pipe was read to the end.
    while await program.stdout.read(PIECE_BYTES):
        pass
    await program.wait()
