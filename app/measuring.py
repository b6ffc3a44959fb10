"""`palimpsest bench`: the measurements of tests/bench, which are part of the checkout and not of an installation."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

BENCH_FOLDER = Path(__file__).resolve().parents[1] / "tests" / "bench"


def bench_names() -> list[str]:
    return sorted(path.stem for path in BENCH_FOLDER.glob("*.py") if path.stem != "run_all")


def run_bench(name: str | None, arguments: Sequence[str]) -> int:
    """Run one measurement with its own options; list them without a name. Returns the exit status."""
    names = bench_names()
    if not names:
        sys.stderr.write("The measurements are part of the source checkout (tests/bench), which is not here.\n")
        return 1
    if name is None:
        sys.stdout.write("\n".join(names) + "\n")
        return 0
    if name not in names:
        sys.stderr.write(f"There is no measurement “{name}”; there are {', '.join(names)}.\n")
        return 2
    return subprocess.run([sys.executable, str(BENCH_FOLDER / f"{name}.py"), *arguments], check=False).returncode
