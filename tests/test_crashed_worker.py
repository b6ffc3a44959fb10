"""A test that crashes costs one failed test: the run names it, does all the others once, and ends."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
CRASH = "\n    import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"


@pytest.mark.parametrize(
    ("workers", "files"),
    [
        (1, ["cp"]),
        (1, ["pcp", "p"]),
        (2, ["pc", "p", "p"]),
        (2, ["p", "pp", "ppc"]),
        (2, ["c", "pppc", "p", "p", "p"]),
    ],
)
def test_a_crash_costs_one_test_and_the_run_ends(tmp_path, workers, files):
    """files: the tests of each, `p` passes and `c` crashes."""
    shutil.copy(TESTS / "conftest.py", tmp_path)
    (tmp_path / "pytest.ini").touch()
    for number, tests in enumerate(files):
        lines = [f"def test_{kind}_{at}():{CRASH if kind == 'c' else ' pass'}" for at, kind in enumerate(tests)]
        (tmp_path / f"test_{number}.py").write_text("\n".join(lines) + "\n", encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "--numprocesses",
        str(workers),
        "--dist",
        "loadfile",
    ]
    ended = subprocess.run([*command, "."], cwd=tmp_path, capture_output=True, text=True, timeout=250)
    said = ended.stdout + ended.stderr
    crashes, passes = ("".join(files).count(kind) for kind in "cp")
    assert ended.returncode == 1, said
    assert re.search(rf"\b{crashes} failed, {passes} passed\b", said), said
    for number, tests in enumerate(files):
        assert "c" not in tests or f"crashed while running 'test_{number}.py::test_c_{tests.index('c')}'" in said, said
    assert "Fatal Python error: Segmentation fault" in said, said
