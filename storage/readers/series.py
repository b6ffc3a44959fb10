"""Which series a book says it belongs to, and as which number: EPUB 2 (as calibre writes it), EPUB 3, FictionBook.

Knows metadata elements. A number that is none is left out; the name alone still tells the shelf.
"""

from __future__ import annotations

import re
from typing import Any

from storage.readers.cleaning import one_line
from storage.readers.markup import local_name

_NUMBER = re.compile(r"\d{1,6}(?:[.,]\d{1,3})?")


def series_of_package(root: Any) -> tuple[str, float | None]:
    """Series and number from an OPF package: `belongs-to-collection` first, else `calibre:series`; ("", None) for none.

    A collection that is not said to be a series counts only where no other is; a "set" is no series.
    """
    metas = [element for element in root.iter() if local_name(element) == "meta"]
    refined: dict[tuple[str, str], str] = {}
    for meta in metas:
        target, name = str(meta.get("refines", "")).lstrip("#"), str(meta.get("property", ""))
        refined.setdefault((target, name), _words(meta))
    collections = [meta for meta in metas if meta.get("property") == "belongs-to-collection" and _words(meta)]
    for wanted in ("series", ""):
        for meta in collections:
            own_id = str(meta.get("id", ""))
            if refined.get((own_id, "collection-type"), "") == wanted:
                return _words(meta), series_number(refined.get((own_id, "group-position"), ""))
    named = {str(meta.get("name", "")): one_line(str(meta.get("content", ""))) for meta in metas}
    name = named.get("calibre:series", "")
    return name, series_number(named.get("calibre:series_index", "")) if name else None


def series_of_fb2(title_info: Any) -> tuple[str, float | None]:
    """Series and number from FictionBook's `<sequence name number>`; ("", None) for none."""
    for child in title_info:
        name = one_line(str(child.get("name", "")))
        if local_name(child) == "sequence" and name:
            return name, series_number(str(child.get("number", "")))
    return "", None


def series_number(words: str) -> float | None:
    """ "3", "2.5" or "2,5" as a number; anything else is none."""
    match = _NUMBER.fullmatch(words.strip())
    return float(match[0].replace(",", ".")) if match else None


def _words(element: Any) -> str:
    return one_line("".join(element.itertext()))
