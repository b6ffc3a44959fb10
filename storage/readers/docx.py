"""Word documents -> Document, by way of mammoth's semantic HTML: headings by style, lists, tables, footnotes."""

from __future__ import annotations

import re
import zipfile
import zlib
from typing import Any
from xml.parsers.expat import ExpatError

import mammoth
from lxml import etree
from mammoth.docx.files import InvalidFileReferenceError

from storage.document import Document
from storage.readers import limits
from storage.readers.archive import Archive, MissingMember, open_archive
from storage.readers.cleaning import one_line
from storage.readers.html import read_markup
from storage.readers.markup import local_name, parse_xml
from storage.readers.picture_files import LeftOut, NotTaken
from storage.readers.source import Source

_STYLES = """
p[style-name='Title'] => h1:fresh
p[style-name='Subtitle'] => p:fresh
p[style-name='Quote'] => blockquote > p:fresh
p[style-name='Intense Quote'] => blockquote > p:fresh
p[style-name='Caption'] => figcaption:fresh
p[style-name^='toc '] => !
p[style-name^='TOC '] => !
"""
_DAMAGE = (
    KeyError, ValueError, IndexError, AttributeError, TypeError, OSError, zipfile.BadZipFile, ExpatError, zlib.error, EOFError,
)  # fmt: skip
"""What mammoth raises where a file's structure is not what it trusts it to be."""
_DTD = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


def read(source: Source) -> Document:
    with open_archive(source) as archive:
        _check_members(source, archive)
        title, author, language = _core_properties(archive)
    pictures: list[bytes | NotTaken] = []

    def keep_picture(image: Any) -> dict[str, str]:
        pictures.append(_picture_file(image))
        return {"src": str(len(pictures) - 1)}

    try:
        with source.path.open("rb") as stream:
            result = mammoth.convert_to_html(
                stream,
                style_map=_STYLES,
                convert_image=mammoth.images.img_element(keep_picture),
                ignore_empty_paragraphs=True,
            )
    except _DAMAGE as problem:
        raise source.refusal(
            "is damaged and cannot be read as a Word document; open it in Word or LibreOffice and save it again."
        ) from problem

    def load_picture(reference: str) -> bytes:
        picture = pictures[int(reference)]
        if isinstance(picture, NotTaken):
            raise picture
        return picture

    return read_markup(
        source, result.value, "docx", title=title, author=author, language=language, load_picture=load_picture
    )


def _picture_file(image: Any) -> bytes | NotTaken:
    """A picture's bytes, read no further than a picture may be long; or why it cannot come along."""
    try:
        with image.open() as stream:
            data: bytes = stream.read(limits.MAX_PICTURE_BYTES + 1)
    except InvalidFileReferenceError:  # linked, and not part of the file: mammoth opens nothing else
        return NotTaken(LeftOut.OUTSIDE)
    except _DAMAGE:
        return NotTaken(LeftOut.DAMAGED)
    return data if len(data) <= limits.MAX_PICTURE_BYTES else NotTaken(LeftOut.LARGE)


def _check_members(source: Source, archive: Archive) -> None:
    """Every XML part within bounds and without a DTD, before another library opens the file."""
    for name in archive.names:
        if not name.lower().endswith((".xml", ".rels")):
            continue
        try:
            data = archive.read(name)
        except MissingMember:
            raise source.refusal(
                "is damaged: a part of it cannot be unpacked. Get a fresh copy and try again."
            ) from None
        if _DTD.search(data[:4096]):
            raise source.refusal("declares XML entities, which no Word document does, and was not opened.")
    if sum(len(name) for name in archive.names) > limits.MIB * 8:
        raise source.refusal("lists more parts than a document has and was not opened.")


def _core_properties(archive: Archive) -> tuple[str, str, str]:
    try:
        root = parse_xml(archive.read("docProps/core.xml"))
    except (MissingMember, etree.XMLSyntaxError):
        return "", "", ""
    found = {local_name(element): one_line(element.text or "") for element in root}
    return found.get("title", ""), found.get("creator", ""), found.get("language", "")
