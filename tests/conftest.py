"""Fixtures every test may use: the developers' shared data, the embedded model, temporary data folders."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # tiny tensors: two threads would only wait for each other


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real books, questions and files that developers have beside the checkout; users have none."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the developers' shared data is not beside this checkout")
    return folder
