"""The bundled story: the document of the first run, and its questions, which the demo asks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from app.operations.importing import ImportFile
from app.services import Services, Ticket
from engine.jobs import Event, Failed, Finished, Lane
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


def is_due(services: Services) -> bool:
    """Whether this library has never had the story; a user who forgot it is not given it again."""
    with services.database.read() as session:
        return not get_setting(session, _OFFERED, False)


def add_sample(services: Services) -> Ticket:
    """Import the story if it is not there. Finished.result: Imported."""

    def store(event: Event) -> Event:
        if isinstance(event, Finished):
            with services.database.session() as session:
                set_setting(session, _OFFERED, True)
        return event

    request = ImportFile(services, _SAMPLE / "story.md", sample=True)
    return services.submit(
        services.library, request, lane=Lane.BACKGROUND, kind="import", title=request.path.name, store=store
    )


def import_sample(services: Services) -> str:
    """Import the story if it is not there, wait for it, and return its document id."""
    end = services.run_until_end(add_sample(services))
    if not isinstance(end, Finished):
        raise StorageError(end.message if isinstance(end, Failed) else "Adding the story was stopped.")
    document: str = end.result.document
    return document
