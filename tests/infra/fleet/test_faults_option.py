"""Which faults, and to how many calls, is said in a word and a share each."""

import pytest
import typer
from antiphon.infra.simulate_commands import faults_in


def test_kinds_and_shares_are_read() -> None:
    assert faults_in("") == {}
    assert faults_in("cut:0.2, slow:1") == {"cut": 0.2, "slow": 1.0}


@pytest.mark.parametrize("text", ["cut", "cut:2", "cut:-1", "cut:nan", "fire:0.1", ":0.1"])
def test_what_is_no_kind_or_no_share_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="KIND:SHARE"):
        faults_in(text)
