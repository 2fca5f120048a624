"""`pytest --renew` writes the printed answers that the tests compare with anew; random examples are the same in every
run (`tests/benchmarks/fuzz.py` is what looks for new ones)."""

from __future__ import annotations

import pytest
from hypothesis import settings

settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--renew", action="store_true", help="write the golden transcripts and the README's output anew")


@pytest.fixture
def renew(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--renew"))


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """As many processes as there are cores, but one where files are written, for some are written by two tests."""
    return 0 if config.getoption("--renew") else None
