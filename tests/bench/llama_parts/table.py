"""Tables as the README has them, printed as they grow."""

from __future__ import annotations


def heading(title: str, *columns: str) -> None:
    print(f"\n| {title} | {' | '.join(columns)} |\n|{'---|' * (len(columns) + 1)}", flush=True)


def row(*cells: str) -> None:
    print(f"| {' | '.join(cells)} |", flush=True)
