"""Settings: any JSON value under a name."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from storage import schema


def get_setting(session: Session, key: str, default: Any = None) -> Any:
    """The value kept under a name, `default` where none is."""
    record = session.get(schema.Setting, key)
    return default if record is None else record.value["value"]


def set_setting(session: Session, key: str, value: Any) -> None:
    """Keep a value (anything JSON can say) under a name, in place of what was there."""
    session.merge(schema.Setting(key=key, value={"value": value}))
    session.flush()


def remove_setting(session: Session, key: str) -> None:
    """Keep nothing under a name any more."""
    record = session.get(schema.Setting, key)
    if record is not None:
        session.delete(record)
        session.flush()
