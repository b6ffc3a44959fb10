"""A packaged program is started anew to be a child process of its own; a user's words are never taken for that."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app import packaged

ROOT = Path(__file__).resolve().parents[2]
PACKAGED = "import sys; sys.frozen = True; from app.cli import main; main()"


def test_every_module_that_is_started_with_m_is_known():
    started = {
        word
        for path in (*(ROOT / "engine").rglob("*.py"), *(ROOT / "storage").rglob("*.py"))
        for line in path.read_text("utf-8").splitlines()
        if '"-m", "' in line
        for word in [line.split('"-m", ')[1].split('"')[1]]
    }
    assert started == packaged.CHILDREN


@pytest.mark.parametrize("module", sorted(packaged.CHILDREN - {"storage.traces"}))
def test_it_is_the_child_it_is_asked_to_be(module):
    done = subprocess.run(
        [sys.executable, "-c", PACKAGED, "-P", "-X", "utf8", "-m", module],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,  # its parent is gone at once
        capture_output=True,
        timeout=60,
    )
    assert done.stdout == b"" and done.stderr == b""
    assert done.returncode in (0, 3)


def test_only_a_packaged_program_and_only_its_own_modules(monkeypatch):
    assert packaged.child_module(["palimpsest", "-m", "storage.traces"]) is None
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert packaged.child_module(["palimpsest", "-m", "storage.traces"]) == "storage.traces"
    assert packaged.child_module(["palimpsest", "-m", "os"]) is None
    assert packaged.child_module(["palimpsest", "ask", "book", "-m"]) is None
