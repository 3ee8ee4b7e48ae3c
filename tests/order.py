"""The longest files first, so that no worker is left with one when the others are done.

xdist hands files out by how many tests they hold, which is no measure: what takes longest here
is one test that waits for a cluster. `--no-loadscope-reorder` leaves the order to us.
"""

from collections.abc import Sequence
from pathlib import Path

import pytest

# Those of four seconds and more on a quiet machine, longest first. What is not listed comes after
# them: a new test need not be, unless it takes so long. Three calls at once stand back a little:
# who recognises speech takes whatever processors there are, and others do so before them.
LONGEST = (
    "tests/journeys/test_readers.py",
    "tests/faults/test_faults.py",
    "tests/journeys/test_outages.py",
    "tests/journeys/test_call_on_the_desk.py",
    "tests/infra/test_jetstream_faults.py",
    "tests/journeys/test_fleet.py",
    "tests/labelled/test_cues.py",
    "tests/infra/test_cluster.py",
    "tests/journeys/test_calls_at_once.py",
    "tests/infra/test_cluster_faults.py",
    "tests/services/transcription/test_whisper.py",
    "tests/infra/soak/test_soaking.py",
    "tests/infra/aws/test_template.py",
    "tests/services/test_crashes.py",
    "tests/journeys/test_command_line.py",
    "tests/faults/test_judging.py",
    "tests/infra/test_evaluate_knowledge.py",
    "tests/infra/test_second_listener.py",
    "tests/infra/embedded/test_postgres.py",
    "tests/infra/test_temporal.py",
    "tests/services/media/test_failures.py",
    "tests/services/transcription/test_recognizers.py",
    "tests/infra/test_wrapper_rotation.py",
    "tests/infra/test_erasure_proof.py",
    "tests/infra/aws/test_trigger.py",
    "tests/api/test_replay_played.py",
    "tests/desk/test_feed.py",
    "tests/infra/test_event_log.py",
    "tests/desk/test_cues.py",
    "tests/services/media/test_restarts.py",
    "tests/api/test_commands.py",
    "tests/infra/aws/test_feeds.py",
    "tests/infra/embedded/test_parent.py",
    "tests/infra/test_object_stores.py",
    "tests/api/test_streams_resumed.py",
    "tests/infra/test_key_stores.py",
    "tests/api/ingest/test_brought.py",
    "tests/api/test_audit.py",
    "tests/api/test_audit_real_log.py",
    "tests/api/test_streams.py",
    "tests/api/test_streams_bounded.py",
    "tests/infra/test_kms.py",
    "tests/services/transcription/test_deepgram_faults.py",
    "tests/desk/test_transcript.py",
    "tests/desk/test_layout.py",
    "tests/desk/test_with_the_api.py",
    "tests/api/test_real_log.py",
    "tests/services/media/test_mutations.py",
    "tests/infra/test_databases.py",
    "tests/infra/test_erasure.py",
    "tests/infra/bench/test_peer_environment.py",
    "tests/api/ingest/test_refused.py",
    "tests/services/transcription/test_transcribe_faults.py",
    "tests/services/translation/test_voices.py",
    "tests/api/test_replay_desk.py",
    "tests/services/archive/test_history.py",
    "tests/infra/test_long_reads.py",
    "tests/infra/test_rebuild_commands.py",
    "tests/services/archive/test_as_a_log.py",
    "tests/services/media/test_bad_input.py",
    "tests/services/media/test_token_expiry.py",
    "tests/desk/test_state.py",
    "tests/api/test_recordings.py",
    "tests/services/recording/test_repair.py",
    "tests/api/test_audit_access.py",
    "tests/projections/test_erasure.py",
)


def longest_first(
    items: list[pytest.Item], *, root: Path, longest: Sequence[str] = LONGEST
) -> None:
    """Sort tests by the rank of their file; those of one file keep their order."""
    ranks = {root / file: rank for rank, file in enumerate(longest)}
    items.sort(key=lambda item: ranks.get(item.path, len(ranks)))
