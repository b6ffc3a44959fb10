"""A packaged program has no interpreter beside it: it is started anew to be one of our own child processes.

Everywhere else `python -m engine.process_child` does the same without us.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

CHILDREN = frozenset({"engine.process_child", "storage.readers.child", "storage.page_child", "storage.traces"})


def child_module(arguments: Sequence[str]) -> str | None:
    """The module that `-m` asks a packaged program for; None when it is started by a user."""
    if not getattr(sys, "frozen", False) or "-m" not in arguments[:-1]:
        return None
    name = arguments[list(arguments).index("-m") + 1]
    return name if name in CHILDREN else None


def run_child(name: str) -> int:
    """Be that process until it ends."""
    status: int | None = importlib.import_module(name).main()
    return status or 0
