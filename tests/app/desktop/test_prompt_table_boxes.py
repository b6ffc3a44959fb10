"""Which kept prompts have a box that says whether they are used."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt

from app.desktop.prompt_table import Column, PromptTable
from app.operations.prompt_caches import PromptCache
from storage.prompt_states import PromptEntryRow

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "layout", "has_box"),
    [
        ("gist", "instructions", True),
        ("gist", "document", True),
        ("exact", "document", True),
        ("exact", "instructions", False),
        ("exact", None, False),
    ],
)
def test_what_waits_to_be_put_to_use_has_a_box(qtbot, kind, layout, has_box):
    metrics = {} if layout is None else {"layout": layout, "k": 4, "slots": 5}
    row = PromptEntryRow(
        1, kind, "Mira", "doc", "tiny", "m", "", 512, 4096, 0, 0, 0.0, False, False, metrics, NOW, NOW
    )  # fmt: skip
    table = PromptTable()
    table.show([PromptCache(row, "Mira", True)])
    cell = table.index(0, Column.USED)
    assert bool(table.flags(cell) & Qt.ItemFlag.ItemIsUserCheckable) is has_box
    assert (table.data(cell, Qt.ItemDataRole.CheckStateRole) is not None) is has_box
    asked = []
    table.use_asked.connect(lambda changed, on: asked.append((changed.entry, on)))
    assert table.setData(cell, Qt.CheckState.Checked, Qt.ItemDataRole.CheckStateRole) is has_box
    assert asked == [(1, True)] * has_box
