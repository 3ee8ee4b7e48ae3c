"""One flipped byte, one object gone or moved, anywhere in an archive: found, and named."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from antiphon.infra.archive_key import Ed25519Signer
from antiphon.infra.object_store.directory import DirectoryStore
from antiphon.services.archive.chain import Archive
from antiphon.services.archive.findings import Flaw, Verdict
from antiphon.services.archive.segments import encode_segment
from antiphon.services.archive.statements import Head, Link, opened, signed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .world import SEED, SEGMENT_ROWS, World, archived_upto, files_of, flip, world_in

SEGMENTS = 4
FACTS = SEGMENTS * SEGMENT_ROWS


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of four segments and two heads, for tests to copy."""
    import asyncio

    directory = tmp_path_factory.mktemp("whole")

    async def make() -> None:
        world = await world_in(directory, facts=FACTS // 2, archived=FACTS // 2)
        world.clock.after(days=1)
        await world.append(FACTS // 2)
        await archived_upto(world, FACTS)

    asyncio.run(make())
    return directory


@pytest.fixture
def copied(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "copied"))


async def checked(directory: Path, *, anchor: bytes | None = None) -> Verdict:
    """Verify an archive by itself, as an auditor without the log does."""
    world = await world_in(directory / "unused")
    world.store = DirectoryStore(directory)
    return await world.verify(with_log=False, anchor=anchor)


async def flaw_in(directory: Path) -> Flaw:
    flaw = (await checked(directory)).flaw
    assert flaw is not None, "nothing was found"
    assert flaw.advice
    return flaw


def folder(directory: Path, name: str) -> Sequence[Path]:
    return sorted(directory.glob(f"*/*/{name}/*"))


def key_of(directory: Path, path: Path) -> str:
    return path.relative_to(directory).as_posix()


def force(path: Path, body: bytes) -> None:
    path.unlink(missing_ok=True)
    path.write_bytes(body)


async def test_a_whole_archive_is_proven(whole: Path) -> None:
    verdict = await checked(whole)

    assert verdict.flaw is None
    assert (verdict.links, verdict.segments, verdict.heads) == (SEGMENTS, SEGMENTS, 2)
    assert (verdict.first, verdict.last) == (1, FACTS)
    assert verdict.notes == []


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(drawn=st.data())
def test_one_wrong_byte_anywhere_is_found_and_its_object_named(
    whole: Path, drawn: st.DataObject
) -> None:
    import asyncio

    path = drawn.draw(st.sampled_from(files_of(whole)), label="file")
    body = path.read_bytes()
    offset = drawn.draw(st.integers(0, len(body) - 1), label="offset")
    value = drawn.draw(st.integers(0, 255).filter(lambda one: one != body[offset]), label="byte")
    flip(path, offset, to=value)

    try:
        flaw = asyncio.run(flaw_in(whole))
    finally:
        flip(path, offset, to=body[offset])

    assert flaw.where == key_of(whole, path)
    if path.suffix == ".parquet":
        assert flaw.problem == f"byte {offset} is 0x{value:02x} and was 0x{body[offset]:02x}"


async def test_the_first_of_several_flaws_is_the_one_named(copied: Path) -> None:
    for path in (folder(copied, "segments")[1], folder(copied, "manifest")[3]):
        flip(path, 50)

    flaw = await flaw_in(copied)

    assert flaw.where == key_of(copied, folder(copied, "segments")[1])


@pytest.mark.parametrize("cut", [1, 100])
async def test_a_segment_cut_short_is_found(copied: Path, cut: int) -> None:
    path = folder(copied, "segments")[0]
    force(path, path.read_bytes()[:-cut])

    flaw = await flaw_in(copied)

    assert flaw.where == key_of(copied, path)
    assert "bytes and not" in flaw.problem


@pytest.mark.parametrize("n", range(SEGMENTS))
@pytest.mark.parametrize("kind", ["segments", "manifest"])
async def test_a_removed_object_is_found_wherever_it_stood(copied: Path, kind: str, n: int) -> None:
    path = folder(copied, kind)[n]
    path.unlink()

    flaw = await flaw_in(copied)

    assert (flaw.where, flaw.problem.partition(":")[0]) == (key_of(copied, path), "is missing")


@pytest.mark.parametrize("kind", ["segments", "manifest", "heads"])
async def test_two_objects_changed_for_each_other_are_found(copied: Path, kind: str) -> None:
    one, other = folder(copied, kind)[:2]
    bodies = one.read_bytes(), other.read_bytes()
    force(one, bodies[1])
    force(other, bodies[0])

    flaw = await flaw_in(copied)

    assert flaw.where == key_of(copied, one)


async def test_a_chain_shortened_with_its_segments_is_found_by_the_head(copied: Path) -> None:
    for kind in ("segments", "manifest"):
        folder(copied, kind)[-1].unlink()

    flaw = await flaw_in(copied)

    assert flaw.where.endswith("manifest/000000000003.json")
    assert "was signed when there were 4 links" in flaw.problem


async def test_a_chain_shortened_with_its_segments_and_heads_is_found_by_a_head_kept_elsewhere(
    copied: Path,
) -> None:
    anchor = folder(copied, "heads")[-1].read_bytes()
    for kind in ("segments", "manifest", "heads"):
        folder(copied, kind)[-1].unlink()
    folder(copied, "segments")[-1].unlink()
    folder(copied, "manifest")[-1].unlink()
    assert (await checked(copied)).flaw is None

    flaw = (await checked(copied, anchor=anchor)).flaw

    assert flaw is not None
    assert "the head that was kept was signed when there were 4 links" in flaw.problem


async def test_a_head_that_is_gone_is_found_by_the_next(copied: Path) -> None:
    folder(copied, "heads")[0].unlink()

    flaw = await flaw_in(copied)

    assert flaw.where == key_of(copied, folder(copied, "heads")[0])
    assert "one is gone" in flaw.problem


STRANGER = Ed25519Signer(b"stranger" * 4)


async def test_a_head_that_another_key_signed_is_found(copied: Path) -> None:
    path = folder(copied, "heads")[0]
    trusted = [World(DirectoryStore(copied)).signer.public_key]
    force(path, signed(opened(path.read_bytes(), Head, key="", trusted=trusted), STRANGER))

    flaw = await flaw_in(copied)

    assert flaw.where == key_of(copied, path)
    assert "does not fit" in flaw.problem


async def test_a_link_that_another_key_signed_is_found(copied: Path) -> None:
    path = folder(copied, "manifest")[0]
    trusted = [World(DirectoryStore(copied)).signer.public_key]
    force(path, signed(opened(path.read_bytes(), Link, key="", trusted=trusted), STRANGER))

    flaw = await flaw_in(copied)

    assert flaw.where == key_of(copied, path)
    assert "does not fit" in flaw.problem


async def test_an_archive_forged_whole_under_another_key_is_not_trusted(
    tmp_path: Path,
) -> None:
    world = await world_in(tmp_path)
    world.signer = STRANGER
    await world.append(FACTS)
    await archived_upto(world, FACTS)

    flaw = await flaw_in(tmp_path)

    assert "is not trusted here" in flaw.problem
    assert "--public-key" in flaw.advice


async def test_what_is_none_of_the_archives_is_noted(copied: Path) -> None:
    stray = folder(copied, "manifest")[0].parent.parent / "stray.txt"
    stray.write_text("hello")

    verdict = await checked(copied)

    assert verdict.flaw is None
    assert verdict.notes == [f"{key_of(copied, stray)} is no object of the archive's"]


def test_the_same_entries_give_the_same_bytes(whole: Path) -> None:
    import asyncio

    async def twice() -> tuple[bytes, bytes]:
        world = await world_in(whole / "unused", facts=30)
        logged = await world.logged()
        return encode_segment(logged), encode_segment(logged)

    one, other = asyncio.run(twice())

    assert one == other


async def test_the_private_key_is_nowhere_in_the_archive(whole: Path, tmp_path: Path) -> None:
    seed = SEED
    planted = tmp_path / "planted"
    planted.write_bytes(b"x" + seed.hex().upper().encode())

    assert [path for path in files_of(whole) if _holds(path, seed)] == []
    assert _holds(planted, seed)


def _holds(path: Path, secret: bytes) -> bool:
    import base64

    body = path.read_bytes()
    written = [secret, secret.hex().encode(), base64.b64encode(secret).rstrip(b"=")]
    written += [base64.urlsafe_b64encode(secret).rstrip(b"=")]
    return any(one.lower() in body.lower() for one in written)


async def test_an_archive_trusts_only_the_keys_it_was_given(whole: Path) -> None:
    archive = Archive(DirectoryStore(whole), trusted=[STRANGER.public_key])
    world = World(DirectoryStore(whole))
    archive_of_world = world.archive()
    [beginning] = await archive_of_world.epochs(world.stream)

    with pytest.raises(Exception, match="not trusted"):
        await archive.chain(world.stream, beginning.epoch)


async def test_links_that_are_gone_while_their_segments_stand_are_found(copied: Path) -> None:
    gone = [*folder(copied, "manifest")[2:], *folder(copied, "heads")]
    for path in gone:
        path.unlink()

    flaw = await flaw_in(copied)

    assert flaw.where == key_of(copied, gone[0])
    assert flaw.problem == (
        f"is missing: {key_of(copied, folder(copied, 'segments')[3])} comes later"
    )


async def test_an_epoch_that_is_gone_altogether_is_found_by_a_head_kept_elsewhere(
    copied: Path,
) -> None:
    anchor = folder(copied, "heads")[-1].read_bytes()
    for path in files_of(copied / "EV_DEMO"):
        path.unlink()

    flaw = (await checked(copied, anchor=anchor)).flaw

    assert flaw is not None
    assert flaw.where.endswith("manifest/000000000000.json")
