"""What every test may ask for: the shared data beside the checkout, and nothing of our own replaced."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytest_plugins = ["tests.databases", "tests.demonstration", "tests.libraries"]

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("SHUSHENG_SHARED", ROOT.parent / "shared"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder ../shared; a test that needs it is skipped visibly without it, and fails in CI."""
    if not SHARED.is_dir():
        reason = f"needs the shared data beside the checkout ({SHARED})"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return SHARED
