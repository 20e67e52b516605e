"""The simulators that most tests use."""

import pytest

from simulation import SHOP, scenario_of, simulation


@pytest.fixture
def empty(tmp_path):
    """An account without a cluster."""
    with scenario_of("now = 2026-06-01T12:00:00Z\n", tmp_path) as simulated:
        yield simulated
        assert simulated.checked() > 0


@pytest.fixture
def shop(tmp_path):
    """The account of the quick start."""
    with simulation(SHOP, tmp_path) as simulated:
        yield simulated
