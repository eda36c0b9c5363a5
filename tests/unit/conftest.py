"""What unit tests share: patience, and other people's test data, read where it lies."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A machine that is busy with something else is no finding.
settings.register_profile("unit", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unit")


@pytest.fixture(scope="session")
def corpora() -> Path:
    folder = Path(os.environ.get("ASSAY_CORPORA") or Path(__file__).parents[3] / "shared" / "corpora")
    if not folder.is_dir():
        pytest.skip(f"the test corpora are not in {folder} (ASSAY_CORPORA)")
    return folder
