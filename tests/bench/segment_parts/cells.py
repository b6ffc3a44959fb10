"""Finished cells of a table, kept as JSON lines: what is measured once is not measured again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


class Cells:
    """A cell is found by everything it depends on, and is plain JSON."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = path.read_text("utf-8").splitlines() if path.is_file() else []
        self._found: dict[str, Any] = {}
        for line in lines:
            try:
                key, value = json.loads(line)
            except ValueError:  # the last line of a bench that was killed
                continue
            self._found[key] = value

    def get(self, key: tuple[str | int | float, ...]) -> Any:
        """None where it is not finished."""
        return self._found.get(_spelled(key))

    def put(self, key: tuple[str | int | float, ...], value: Any) -> None:
        self._found[_spelled(key)] = value
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps([_spelled(key), value], ensure_ascii=False) + "\n")


def _spelled(key: tuple[str | int | float, ...]) -> str:
    return " | ".join(map(str, key))
