"""Run every measurement, or the one named: `make bench`, `make bench NAME=learning`. Each prints its own table."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def main() -> int:
    names = sys.argv[1:] or sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "run_all")
    status = 0
    for name in names:
        print(f"\n== {name}", flush=True)
        status |= subprocess.run([sys.executable, str(FOLDER / f"{name}.py")], check=False).returncode
    return status


if __name__ == "__main__":
    sys.exit(main())
