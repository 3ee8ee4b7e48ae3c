"""However a recording is cut, every sample of each track stands in one block."""

from antiphon.infra.simulator.layout import Layout
from hypothesis import given
from hypothesis import strategies as st

ORDINALS = st.integers(0, 60)


@given(
    sample_count=st.integers(1, 40_000),
    short_blocks=st.sets(st.tuples(st.sampled_from([0, 1]), ORDINALS), max_size=30),
)
def test_blocks_cover_both_tracks_without_gaps_and_fragments_hold_both(
    sample_count: int, short_blocks: set[tuple[int, int]]
) -> None:
    layout = Layout(sample_count, short_blocks)

    fragments = [
        [block for slot in layout.slots(n) for block in slot] for n in range(layout.fragment_count)
    ]

    for track in (0, 1):
        blocks = [b for fragment in fragments for b in fragment if b.track == track]
        assert [b.first for b in blocks] == [0, *(b.end for b in blocks[:-1])]
        assert blocks[-1].end == sample_count
        assert all(1 <= b.end - b.first <= 512 for b in blocks)
    assert all({b.track for b in fragment} == {0, 1} for fragment in fragments)
    assert all(
        layout.first_sample(n) == min(b.first for b in fragment)
        and layout.end_sample(n) == max(b.end for b in fragment)
        for n, fragment in enumerate(fragments)
    )
