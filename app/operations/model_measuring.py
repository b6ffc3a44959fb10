"""Which prompt form a model answers best with, found out on the bundled story: real questions whose answers are known."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from app.operations.models import find_model
from app.services import Services, Ticket
from engine.api import KnownQuestion, MeasureReading, PassageText, ReadingMeasured
from engine.jobs import Event, Finished, Lane
from storage import models as rows
from storage.errors import StorageError
from storage.passages import cut_passages
from storage.readers.parsing import parse_file
from storage.readers.source import Source

KIND = "measure_reading"
NOTE = "reading"
"""Under which name a model's row keeps what was found out."""

_NOTE_FILE = "asking.json"
_SAMPLE = Path(__file__).resolve().parents[2] / "assets" / "sample"


def measure_reading(services: Services, name: str) -> Ticket:
    """Ask a user's model the questions about the story, once and twice read. Finished.result: ReadingMeasured.

    Raises StorageError for the embedded model, which was measured thoroughly, and where there is none of that name.
    """
    model = find_model(services, name)
    with services.database.read() as session:
        rows.get_model(session, name)
    assert model.folder is not None
    title, passages = _story()

    def store(event: Event) -> Event:
        if isinstance(event, Finished):
            measured: ReadingMeasured = event.result
            with services.database.session() as session:
                rows.set_note(session, name, NOTE, asdict(measured))
        return event

    request = MeasureReading(model, title, passages, known_questions(), model.folder / _NOTE_FILE)
    return services.submit(services.engine, request, lane=Lane.BACKGROUND, kind=KIND, title=name, store=store)


def known_questions() -> tuple[KnownQuestion, ...]:
    """The questions about the story that it answers."""
    data = json.loads((_SAMPLE / "questions.json").read_text("utf-8"))
    items = [item for item in (*data["suggested"], *data["questions"]) if item["expected"] is not None]
    return tuple(KnownQuestion(item["question"], (item["expected"], *item["accept"])) for item in items)


def _story() -> tuple[str, tuple[PassageText, ...]]:
    document = parse_file(Source(_SAMPLE / "story.md"))
    text = document.text
    if not text:
        raise StorageError("The bundled story is missing; install Palimpsest again.")
    return document.title, tuple(
        PassageText(passage.start, passage.end, text[passage.start : passage.end]) for passage in cut_passages(document)
    )
