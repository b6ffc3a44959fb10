"""The file a reader was handed: its path, its name for sentences, and how to report progress.

Knows how a refusal is worded. Knows no format.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from storage.errors import ReaderError
from storage.readers import limits

ReportProgress = Callable[[int, int | None, str], None]
"""(done, total, unit)"""


def _silent(done: int, total: int | None, unit: str) -> None:
    return None


@dataclass(slots=True)
class Source:
    path: Path
    report: ReportProgress = _silent
    warnings: list[str] = field(default_factory=list)
    """Sentences for the user about what was dropped or guessed; readers append, the document carries them."""

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def title_from_name(self) -> str:
        """What to call the document when nothing in it says."""
        words = self.path.stem.replace("_", " ").strip()
        return words or self.path.name

    def refusal(self, reason: str, kind: type[ReaderError] = ReaderError) -> ReaderError:
        """One sentence naming the file; `reason` goes on after the name: "is protected by a password; ..."."""
        return kind(f"“{self.name}” {reason}")

    def warn(self, sentence: str) -> None:
        if sentence not in self.warnings:
            self.warnings.append(sentence)

    def read_bytes(self, limit: int = limits.MAX_TEXT_FILE_BYTES) -> bytes:
        """The whole file, if it is no larger than `limit`."""
        with self.path.open("rb") as stream:
            data = stream.read(limit + 1)
        if len(data) > limit:
            raise self.refusal(
                f"is larger than the {limit // limits.MIB} MiB a file of its kind may have; split it and try again."
            )
        return data
