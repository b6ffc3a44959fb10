"""The bundled story: the document of the first run, and its questions, which the demo asks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from app.operations.importing import ImportFile
from app.services import Services
from engine.jobs import Failed, Lane
from storage.errors import StorageError
from storage.settings import get_setting, set_setting

_SAMPLE = Path(__file__).resolve().parents[2] / "assets" / "sample"
_OFFERED = "sample_offered"


@dataclass(frozen=True, slots=True)
class SampleQuestion:
    """A question about the story. expected: a short answer that stands in it; accept: lower-case spellings that count."""

    question: str
    expected: str
    accept: tuple[str, ...]


def suggested_questions() -> list[SampleQuestion]:
    """The three questions of the first run and the demo."""
    data = json.loads((_SAMPLE / "questions.json").read_text("utf-8"))
    return [SampleQuestion(item["question"], item["expected"], tuple(item["accept"])) for item in data["suggested"]]


def import_sample(services: Services) -> str:
    """Import the story if it is not there, wait for it, and return its document id."""
    request = ImportFile(services, _SAMPLE / "story.md", sample=True)
    ticket = services.submit(services.library, request, lane=Lane.BACKGROUND, kind="import", title="sample")
    end = services.run_until_end(ticket)
    if isinstance(end, Failed):
        raise StorageError(end.message)
    document: str = getattr(end, "result").document  # noqa: B009  Finished: nothing stops an import at start
    return document


def import_sample_at_first_run(services: Services) -> None:
    """Put the story into a library that has never had it; a user who forgot it is not given it again."""
    with services.database.read() as session:
        offered = get_setting(session, _OFFERED, False)
    if not offered:
        import_sample(services)
        with services.database.session() as session:
            set_setting(session, _OFFERED, True)
