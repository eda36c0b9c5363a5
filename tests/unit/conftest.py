"""Other people's test data, read where it lies; never copied into this repository."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def corpora() -> Path:
    folder = Path(os.environ.get("ASSAY_CORPORA") or Path(__file__).parents[3] / "shared" / "corpora")
    if not folder.is_dir():
        pytest.skip(f"the test corpora are not in {folder} (ASSAY_CORPORA)")
    return folder
