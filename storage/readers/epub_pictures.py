"""The pictures of an EPUB: files of its archive, and its cover.

Knows paths and picture files. Knows nothing of spines and contents: the EPUB reader calls it.
"""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree

from storage.readers.archive import Archive, MissingMember, resolve
from storage.readers.markup import TooDeep, local_name, parse_xhtml, picture_reference
from storage.readers.picture_files import (
    LeftOut,
    NotTaken,
    Picture,
    PictureIntake,
    picture_of_data_uri,
    read_picture,
)

_PAGE_SUFFIXES = (".xhtml", ".html", ".htm", ".xml")


class EpubPictures:
    """Pictures by their references. A file that stands in the book many times is read once."""

    def __init__(self, archive: Archive) -> None:
        self.intake = PictureIntake()
        self._archive = archive
        self._files: dict[str, bytes | NotTaken] = {}

    def begin(self) -> None:
        """Count anew: the book is read from its start."""
        self.intake = PictureIntake()

    def load(self, page: str, reference: str, description: str) -> Picture | None:
        """The picture that `page` refers to; None for one that cannot come along, which is counted."""
        try:
            return self.intake.take(self._file(page, reference), description)
        except NotTaken as problem:
            self.intake.refuse(problem.reason)
            return None

    def cover(self, candidates: Iterable[str]) -> Picture | None:
        """The first candidate, a picture or a page with one, that can be shown."""
        for path in candidates:
            for picture_path in self._pictures_of_page(path) if path.lower().endswith(_PAGE_SUFFIXES) else [path]:
                try:
                    return read_picture(self._member(picture_path))
                except NotTaken:
                    continue
        return None

    def _pictures_of_page(self, path: str) -> list[str]:
        try:
            root = parse_xhtml(self._archive.read(path))
        except (MissingMember, etree.XMLSyntaxError, TooDeep):
            return []
        references = (picture_reference(element, local_name(element)) for element in root.iter())
        return [resolve(path, reference)[0] for reference in references if reference]

    def _file(self, page: str, reference: str) -> bytes:
        if reference.lower().startswith("data:"):
            return picture_of_data_uri(reference)
        path, _ = resolve(page, reference)
        if not path:
            raise NotTaken(LeftOut.OUTSIDE)
        return self._member(path)

    def _member(self, path: str) -> bytes:
        if path not in self._files:
            try:
                self._files[path] = self._archive.read_picture(path)
            except MissingMember:
                self._files[path] = NotTaken(LeftOut.DAMAGED)
            except NotTaken as problem:
                self._files[path] = problem
        found = self._files[path]
        if isinstance(found, NotTaken):
            raise found
        return found
