"""The series a book says it belongs to."""

from __future__ import annotations

import pytest
from lxml import etree

from storage.document import Block, BlockKind, Document, Section
from storage.readers.messages import document_from_messages, document_messages
from storage.readers.series import series_number, series_of_fb2, series_of_package


def package(metas: str) -> etree._Element:
    return etree.fromstring(f"<package><metadata>{metas}</metadata></package>")


@pytest.mark.parametrize(
    "metas, found",
    [
        ("", ("", None)),
        (
            '<meta name="calibre:series" content="Dune  Saga"/><meta name="calibre:series_index" content="2.0"/>',
            ("Dune Saga", 2.0),
        ),
        ('<meta name="calibre:series_index" content="2.0"/>', ("", None)),
        ('<meta name="calibre:series" content="Dune"/>', ("Dune", None)),
        (
            '<meta property="belongs-to-collection" id="a">A Box</meta>'
            '<meta refines="#a" property="collection-type">set</meta>'
            '<meta property="belongs-to-collection" id="b">Palliser</meta>'
            '<meta refines="#b" property="collection-type">series</meta>'
            '<meta refines="#b" property="group-position">3</meta>',
            ("Palliser", 3.0),
        ),
        ('<meta property="belongs-to-collection" id="a">Plain</meta>', ("Plain", None)),
    ],
)
def test_a_package_names_its_series(metas: str, found: tuple[str, float | None]) -> None:
    assert series_of_package(package(metas)) == found


def test_fiction_book_names_its_series() -> None:
    info = etree.fromstring('<title-info><sequence name=""/><sequence name="Мир" number="4"/></title-info>')
    assert series_of_fb2(info) == ("Мир", 4.0)
    assert series_of_fb2(etree.fromstring("<title-info/>")) == ("", None)


@pytest.mark.parametrize("words, number", [("3", 3.0), (" 2.5 ", 2.5), ("1,5", 1.5), ("nan", None), ("", None)])
def test_only_numbers_are_numbers(words: str, number: float | None) -> None:
    assert series_number(words) == number


def test_the_series_comes_out_of_the_reading_process() -> None:
    section = Section("One", 1, (Block(BlockKind.PARAGRAPH, "x"),))
    document = Document("T", "epub", (section,), series="Palliser", series_number=2.5)
    assert document_from_messages(document_messages(document)) == document
