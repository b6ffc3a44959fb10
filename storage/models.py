"""Models the user added, and what was measured with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage import schema
from storage.errors import StorageError


@dataclass(frozen=True, slots=True)
class ModelRow:
    """folder: relative to the data folder. source: where the user's file was. notes: what was found out about it."""

    name: str
    identity: str
    folder: str
    source: str
    architecture: str
    parameters: int
    context_tokens: int
    notes: dict[str, Any]
    created_at: datetime


def add_model(session: Session, model: ModelRow) -> None:
    """Raises StorageError if a model of that name is there already."""
    if session.get(schema.Model, model.name) is not None:
        raise StorageError(f"There is a model called “{model.name}” already; remove it first or give another name.")
    session.add(
        schema.Model(
            name=model.name,
            identity=model.identity,
            folder=model.folder,
            source=model.source,
            architecture=model.architecture,
            parameters=model.parameters,
            context_tokens=model.context_tokens,
            notes=model.notes,
            created_at=model.created_at,
        )
    )
    session.flush()


def list_models(session: Session) -> list[ModelRow]:
    """Newest first."""
    query = select(schema.Model).order_by(schema.Model.created_at.desc(), schema.Model.name)
    return [_model_row(record) for record in session.scalars(query)]


def get_model(session: Session, name: str) -> ModelRow:
    """Raises StorageError when there is no model of that name."""
    return _model_row(_record(session, name))


def remove_model(session: Session, name: str) -> None:
    """Remove the row; its folder is the caller's. Raises StorageError when there is no model of that name."""
    session.delete(_record(session, name))
    session.flush()


def set_note(session: Session, name: str, key: str, value: Any) -> None:
    """Keep something found out about a model (anything JSON can say). Raises StorageError for an unknown model."""
    record = _record(session, name)
    record.notes = {**record.notes, key: value}
    session.flush()


def _record(session: Session, name: str) -> schema.Model:
    record = session.get(schema.Model, name)
    if record is None:
        raise StorageError(f"There is no model called “{name}”.")
    return record


def _model_row(record: schema.Model) -> ModelRow:
    return ModelRow(
        name=record.name,
        identity=record.identity,
        folder=record.folder,
        source=record.source,
        architecture=record.architecture,
        parameters=record.parameters,
        context_tokens=record.context_tokens,
        notes=record.notes,
        created_at=record.created_at,
    )
