"""The paged model: whatever order follows whatever order, views are told exactly what changed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester

from app.desktop import shelf_model
from app.desktop.shelf_model import PAGE_ROWS, ShelfModel
from storage.documents import DocumentRow
from storage.shelves import ShelfRow

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def row(document_id: str) -> ShelfRow:
    return ShelfRow(
        DocumentRow(document_id, f"Title {document_id}", "", "en", "txt", "x.txt", 10, 1, 1, NOW, None, 0, False)
    )


def look_at(model: ShelfModel, numbers) -> None:
    for number in numbers:
        model.data(model.index(number), ShelfModel.ROW)


@pytest.fixture
def answered(qtbot):
    """A model whose rows come as soon as they are wanted, and what was asked for."""
    model = ShelfModel()
    asked: list[list[str]] = []

    def bring(ids):
        asked.append(ids)
        model.put_rows(ids, [row(document_id) for document_id in ids])

    model.wanted.connect(bring)
    return model, asked


ORDERS = st.lists(st.lists(st.integers(0, 15).map(str), unique=True, max_size=14), min_size=1, max_size=6)


@given(ORDERS)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_order_may_follow_any_other(qapp, orders):
    model = ShelfModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    for order in orders:
        before = [model.document_id(model.index(number)) for number in range(model.rowCount())]
        kept = [QPersistentModelIndex(model.index(number)) for number in range(model.rowCount())]
        model.set_order(order)
        assert [model.document_id(model.index(number)) for number in range(model.rowCount())] == order
        for document_id, index in zip(before, kept, strict=True):
            if index.isValid():  # a view's selection stays on the document it was on
                assert order[index.row()] == document_id
        for number, document_id in enumerate(order):
            assert model.index_of(document_id).row() == number
    del tester


def test_removing_a_few_keeps_the_place_of_all_others(qapp):
    model = ShelfModel()
    ids = [str(number) for number in range(1000)]
    model.set_order(ids)
    resets = []
    model.modelReset.connect(lambda: resets.append(True))
    kept = QPersistentModelIndex(model.index(500))
    model.set_order([document_id for document_id in ids if document_id not in {"3", "4", "700"}])
    assert not resets and kept.row() == 498
    model.set_order(ids)
    assert not resets and kept.row() == 500


def test_only_the_pages_looked_at_are_asked_for(qtbot, answered):
    model, asked = answered
    ids = [str(number) for number in range(10_000)]
    model.set_order(ids)
    look_at(model, [0, 1, 2, 5_000])
    qtbot.waitUntil(lambda: len(asked) == 2)
    assert [len(page) for page in asked] == [PAGE_ROWS, PAGE_ROWS]
    assert asked[0] == ids[:PAGE_ROWS] and asked[1] == ids[5_000 : 5_000 + PAGE_ROWS]
    look_at(model, range(PAGE_ROWS))
    qtbot.wait(20)
    assert len(asked) == 2
    assert model.data(model.index(1)) == "Title 1"
    assert model.data(model.index(9_999)) == ""


def test_scrolled_through_every_row_came_once_and_not_all_are_kept(qtbot, answered, monkeypatch):
    monkeypatch.setattr(shelf_model, "MOST_ROWS", 600)
    model, asked = answered
    ids = [str(number) for number in range(3_000)]
    model.set_order(ids)
    for start in range(0, 3_000, 50):
        look_at(model, range(start, start + 50))
        qtbot.waitUntil(lambda start=start: model.data(model.index(start), ShelfModel.ROW) is not None)
    assert [document_id for page in asked for document_id in page] == ids
    assert len(model._rows) <= 600


def test_rows_stay_on_the_screen_while_they_are_read_anew(qtbot, answered):
    model, asked = answered
    model.set_order(["a", "b"])
    look_at(model, [0])
    qtbot.waitUntil(lambda: len(asked) == 1)
    model.set_order(["a", "b"])
    assert model.data(model.index(0), ShelfModel.ROW) is not None
    qtbot.waitUntil(lambda: len(asked) == 2)


def test_a_document_that_is_gone_is_not_asked_for_again_and_again(qtbot):
    model = ShelfModel()
    asked = []

    def bring(ids):
        asked.append(ids)
        model.put_rows(ids, [row(document_id) for document_id in ids if document_id != "gone"])

    model.wanted.connect(bring)
    model.set_order(["a", "gone"])
    look_at(model, [0, 1])
    qtbot.waitUntil(lambda: bool(asked))
    look_at(model, [0, 1])
    qtbot.wait(30)
    look_at(model, [0, 1])
    qtbot.wait(30)
    assert asked == [["a", "gone"]]
    assert model.data(model.index(1), Qt.ItemDataRole.AccessibleTextRole) == "Loading"
