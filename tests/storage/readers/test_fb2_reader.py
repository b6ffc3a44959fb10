"""FictionBook files."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from storage.document import BlockKind, Document
from storage.errors import ReaderError

Make = Callable[..., Path]
Read = Callable[..., Document]

BOOK = textwrap.dedent("""\
    <?xml version="1.0" encoding="windows-1251"?>
    <FictionBook xmlns="http://www.gribuser.ru/xml/fictionbook/2.0" xmlns:l="http://www.w3.org/1999/xlink">
    <description><title-info><author><first-name>Лев</first-name><last-name>Толстой</last-name></author>
    <book-title>Детство</book-title><lang>ru</lang></title-info></description>
    <body><title><p>Детство</p></title><epigraph><p>эпиграф</p></epigraph>
    <section><title><p>Часть первая</p></title><section><title><p>Глава I</p><p>Учитель</p></title>
    <p>12-го <emphasis>августа</emphasis> 18..<a l:href="#n1" type="note">1</a>.</p>
    <poem><stanza><v>строка одна</v><v>строка две</v></stanza></poem><subtitle>* * *</subtitle><cite><p>цитата</p></cite>
    </section><section><title><p>Глава II</p></title><p>Конец.</p></section></section></body>
    <body name="notes"><section id="n1"><title><p>1</p></title><p>примечание</p></section></body>
    <binary id="c.png" content-type="image/png">AAAA</binary></FictionBook>""")


def test_sections_nest_and_notes_follow(read_here: Read) -> None:
    document = read_here(BOOK.encode("cp1251"), "book.fb2")
    assert (document.title, document.author, document.language) == ("Детство", "Лев Толстой", "ru")
    assert [(section.title, section.level) for section in document.sections] == [
        ("Детство", 1), ("Часть первая", 1), ("Глава I Учитель", 2), ("Глава II", 2),
    ]  # fmt: skip
    assert [(block.kind, block.text) for block in document.sections[2].blocks] == [
        (BlockKind.HEADING, "Глава I Учитель"),
        (BlockKind.PARAGRAPH, "12-го августа 18..[1]."),
        (BlockKind.VERSE, "строка одна\nстрока две"),
        (BlockKind.HEADING, "* * *"),
        (BlockKind.QUOTE, "цитата"),
        (BlockKind.FOOTNOTE, "[1] примечание"),
    ]
    assert "AAAA" not in document.text


def test_a_zipped_book_is_read(make_zip: Make, read_here: Read) -> None:
    assert read_here(make_zip("book.fb2.zip", {"book.fb2": BOOK.encode("cp1251")})).title == "Детство"


def test_a_truncated_book_gives_what_there_is(read_here: Read) -> None:
    data = BOOK.encode("cp1251")
    document = read_here(data[: data.index("строка две".encode("cp1251"))], "cut.fb2")
    assert "августа" in document.text
    assert any("damaged" in warning for warning in document.warnings)


def test_a_bomb_of_entities_is_harmless(read_here: Read) -> None:
    entities = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    bomb = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">{entities}]><FictionBook><body><p>x &l9;</p></body></FictionBook>'
    assert len(read_here(bomb, "bomb.fb2").text) < 100


def test_an_empty_book_is_refused(read_here: Read) -> None:
    with pytest.raises(ReaderError, match="holds no text"):
        read_here("<FictionBook><body/></FictionBook>", "none.fb2")
