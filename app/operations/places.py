"""Places as people write them: "40%", "p. 12", "chapter 4", words of a title."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.operations.chapter_numbers import chapter_number, number
from app.operations.results import Within
from app.services import Services
from storage import documents
from storage.documents import SectionRow
from storage.errors import StorageError
from storage.finding import folded
from storage.page_labels import page_starts

_PERCENT = re.compile(r"(\d+(?:[.,]\d+)?)\s*[%％]")
_PAGE = re.compile(r"(?:p|pp|pg|page|pages|seite|s)\b\.?\s*(\S.*)|第?\s*(\S+?)\s*[页頁]", re.IGNORECASE)
_CHAPTER = re.compile(r"(?:ch|chap|chapter|section|part)\b\.?\s*(\S+)|第?\s*(\S+?)\s*[章回节節]", re.IGNORECASE)
_BARE = re.compile(r"\d+|[ivxlc]+", re.IGNORECASE)


class PlaceKind(StrEnum):
    PERCENT = "percent"
    PAGE = "page"
    SECTION = "section"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reader wants to go, `start`, or to stop, `end`. name: "40", a page's label, a section's title."""

    kind: PlaceKind
    start: int
    end: int
    name: str


class PlaceIndex:
    """The places of one document, held in memory while somebody types where to go."""

    def __init__(self, characters: int, sections: Sequence[SectionRow], pages: Sequence[tuple[int, str]]) -> None:
        """pages: offset and label of each printed page, in order."""
        self.characters = characters
        self._sections = sections
        self._titles = [folded(section.title) for section in sections]
        self._numbers = [chapter_number(section.title) for section in sections]
        self._section_starts = [section.start for section in sections]
        ends = [start for start, _ in pages[1:]] + [characters]
        self._pages = [
            Place(PlaceKind.PAGE, start, end, label) for (start, label), end in zip(pages, ends, strict=False)
        ]
        self._page_starts = [start for start, _ in pages]

    def meant(self, words: str, *, limit: int = 12) -> list[Place]:
        """What somebody may mean, the likeliest first; empty when it is no place of this document.

        A number alone may be a page, a chapter or a percentage, in this order.
        """
        words = words.strip()
        if not words:
            return []
        if match := _PERCENT.fullmatch(words):
            return self._percent(match[1])
        found: list[Place] = []
        if match := _PAGE.fullmatch(words):
            found += self._labelled(match[1] or match[2])
        if (match := _CHAPTER.fullmatch(words)) and (wanted := number(match[1] or match[2])) is not None:
            found += self._numbered(wanted)
        if _BARE.fullmatch(words):
            found += self._labelled(words)
            found += self._numbered(number(words) or 0)
            found += self._percent(words) if words.isdigit() and int(words) <= 100 else []
        found += self._titled(words)
        return list(dict.fromkeys(found))[:limit]

    def section_at(self, offset: int) -> SectionRow | None:
        """The last section that begins at or before an offset."""
        place = bisect_right(self._section_starts, offset) - 1
        return self._sections[place] if place >= 0 else None

    def page_at(self, offset: int) -> str | None:
        """Label of the page an offset stands on."""
        place = bisect_right(self._page_starts, offset) - 1
        return self._pages[place].name if place >= 0 else None

    @property
    def has_pages(self) -> bool:
        return bool(self._pages)

    def exactly_titled(self, words: str) -> list[Place]:
        wanted = folded(words)
        return [self._section(place) for place, title in enumerate(self._titles) if title == wanted]

    def _percent(self, digits: str) -> list[Place]:
        share = min(100.0, float(digits.replace(",", "."))) / 100
        offset = round(share * self.characters)
        return [Place(PlaceKind.PERCENT, offset, offset, digits)]

    def _labelled(self, label: str) -> list[Place]:
        """The page of a label; of a number no block begins on, the page that runs over it."""
        same = [page for page in self._pages if page.name.casefold() == label.casefold()]
        if same or not (label.isascii() and label.isdigit()):
            return same
        counted = [(int(page.name), page) for page in self._pages if page.name.isascii() and page.name.isdigit()]
        numbers = [value for value, _ in counted]
        if not numbers or numbers != sorted(numbers) or not numbers[0] < int(label) < numbers[-1]:
            return []
        return [counted[bisect_left(numbers, int(label)) - 1][1]]

    def _numbered(self, wanted: int) -> list[Place]:
        """Chapters of a number, or where no title has one, the chapter that is the so-manieth."""
        if not any(value is not None for value in self._numbers):
            return [self._section(wanted - 1)] if 0 < wanted <= len(self._sections) else []
        return [self._section(place) for place, value in enumerate(self._numbers) if value == wanted]

    def _titled(self, words: str) -> list[Place]:
        """Sections whose title holds all the words, those that begin with them first."""
        wanted = folded(words)
        parts = wanted.split()
        places = [place for place, title in enumerate(self._titles) if parts and all(part in title for part in parts)]
        places.sort(key=lambda place: (self._titles[place] != wanted, not self._titles[place].startswith(wanted)))
        return [self._section(place) for place in places]

    def _section(self, place: int) -> Place:
        section = self._sections[place]
        return Place(PlaceKind.SECTION, section.start, section.end, " ".join(section.title.split()))


def place_index(services: Services, document_id: str) -> PlaceIndex:
    """Raises StorageError for an unknown document."""
    with services.database.read() as session:
        document = documents.get_document(session, document_id)
        sections = documents.sections(session, document_id)
        return PlaceIndex(document.characters, sections, page_starts(session, document_id))


def parse_place(services: Services, document_id: str, words: str) -> int:
    """How far "up to" a place is: a character offset ("12000"), a percentage ("40%"), the end of a page ("p. 12") or of a
    section, by its title, its number ("chapter 4") or words that no other title holds. Raises StorageError for anything else.
    """
    index = place_index(services, document_id)
    words = words.strip()
    if words.isascii() and words.isdigit():
        return min(int(words), index.characters)
    meant = index.exactly_titled(words) or index.meant(words)
    if len(meant) == 1 or (meant and meant[0].kind is PlaceKind.PAGE):
        return meant[0].end
    with services.database.read() as session:
        title = documents.get_document(session, document_id).title
    if meant:
        names = ", ".join(f"“{place.name}”" for place in meant[:3])
        raise StorageError(f"“{words}” may mean several places in “{title}”: {names}. Please give a whole title.")
    raise StorageError(
        f"“{words}” is no place in “{title}”: give a character offset, a percentage like 40%, a page like “p. 12”, "
        "or the title or number of a section."
    )


def parse_range(services: Services, document_id: str, span: str | None, section: str | None) -> Within | None:
    """The part a question is about: "START:END" in characters, or a section by title or number. Raises StorageError for
    what is neither, and for both at once."""
    if span is None and section is None:
        return None
    if span is not None and section is not None:
        raise StorageError("Give either a stretch of the text or a section, not both.")
    index = place_index(services, document_id)
    if span is not None:
        match = re.fullmatch(r"(\d+):(\d+)", span.strip())
        if match is None or not int(match[1]) < min(int(match[2]), index.characters):
            raise StorageError(f"“{span}” is no stretch of this text: give START:END in characters, like 1200:1800.")
        return Within(int(match[1]), min(int(match[2]), index.characters))
    assert section is not None
    meant = index.exactly_titled(section) or [
        place for place in index.meant(section) if place.kind is PlaceKind.SECTION
    ]
    if not meant:
        raise StorageError(f"“{section}” names no section of this document.")
    if len(meant) > 1:
        raise StorageError(f"“{section}” names several sections of this document.")
    return Within(meant[0].start, meant[0].end, meant[0].name)
