"""Files the user asks for: written whole or not at all. Knows nothing of what is in them."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from storage.errors import StorageError


def save_text(file: Path, text: str) -> None:
    """Write a text to a file, or leave what was there. Raises StorageError when it cannot be written."""
    draft = file.with_name(f".{file.name}.part")
    try:
        draft.write_text(text, "utf-8", newline="\n")
        draft.replace(file)
    except OSError as problem:
        raise StorageError(f"“{file.name}” cannot be written: {problem.strerror or problem}.") from problem
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
