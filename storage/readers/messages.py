"""What a reading process says to its parent, in frames (storage.readers.frames).

child -> parent   {"progress": [done, total, unit]}*  then either  {"error": sentence}
                  or  {"document": {...}}  {"section": {...}}*  {"image": [...], "data": file}*
                      {"cover": media type, "data": file}?  {"end": number of sections}
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from storage.document import Block, BlockKind, Cover, Document, Image, Mark, Section
from storage.readers.frames import BrokenMessage
from storage.readers.linking import LINK_STYLES
from storage.readers.picture_files import MEDIA_TYPES


def document_messages(document: Document) -> Iterator[dict[str, Any]]:
    yield {
        "document": {
            "title": document.title,
            "format": document.format,
            "author": document.author,
            "language": document.language,
            "warnings": list(document.warnings),
            "series": document.series,
            "series_number": document.series_number,
        }
    }
    for section in document.sections:
        blocks = [
            [
                block.kind.value,
                block.text,
                block.page_label,
                block.speaker,
                [[m.start, m.end, m.style, m.note] for m in block.marks],
            ]
            for block in section.blocks
        ]
        yield {"section": {"title": section.title, "level": section.level, "blocks": blocks}}
    for image in document.images:
        facts = [image.block, image.media_type, image.width, image.height, image.description]
        yield {"image": facts, "data": image.data}
    if document.cover is not None:
        yield {"cover": document.cover.media_type, "data": document.cover.data}
    yield {"end": len(document.sections)}


def document_from_messages(messages: Iterable[dict[str, Any]]) -> Document:
    """The inverse of document_messages. Raises BrokenMessage for anything else, an incomplete document included."""
    head: dict[str, Any] | None = None
    sections: list[Section] = []
    images: list[Image] = []
    cover: Cover | None = None
    try:
        for message in messages:
            if "document" in message and head is None:
                head = message["document"]
            elif "section" in message and head is not None:
                sections.append(_section(message["section"]))
            elif "image" in message:
                images.append(_image(message))
            elif "cover" in message:
                cover = Cover(_media_type(message["cover"]), message["data"])
            elif message.get("end") == len(sections) and head is not None:
                _check_places(sections, images)
                return Document(
                    title=_str(head["title"]), format=_str(head["format"]), sections=tuple(sections),
                    author=_str(head["author"]), language=_str(head["language"]),
                    warnings=tuple(_str(sentence) for sentence in head["warnings"]),
                    series=_str(head["series"]), series_number=_float_or_none(head["series_number"]), images=tuple(images), cover=cover,
                )  # fmt: skip
            else:
                break
    except (KeyError, TypeError, ValueError) as problem:
        raise BrokenMessage(str(problem)) from problem
    raise BrokenMessage("the document is not complete")


def _image(message: dict[str, Any]) -> Image:
    block, media_type, width, height, description = message["image"]
    return Image(int(block), _media_type(media_type), message["data"], int(width), int(height), _str(description))


def _media_type(value: Any) -> str:
    if value not in MEDIA_TYPES:
        raise ValueError("a picture of another kind")
    return _str(value)


def _check_places(sections: Sequence[Section], images: Sequence[Image]) -> None:
    """Images in the order of the blocks they stand before; links to blocks that are there."""
    count = sum(len(section.blocks) for section in sections)
    places = [0, *(image.block for image in images), count]
    if places != sorted(places):
        raise ValueError("images out of order")
    for section in sections:
        for block in section.blocks:
            for mark in block.marks:
                if mark.style in LINK_STYLES and not 0 <= int(mark.note) < count:
                    raise ValueError("a link to nowhere")


def _section(data: dict[str, Any]) -> Section:
    blocks = tuple(
        Block(
            BlockKind(kind), _str(text), page_label=_str_or_none(page_label), speaker=_str_or_none(speaker),
            marks=tuple(Mark(int(start), int(end), _str(style), _str(note)) for start, end, style, note in marks),
        )
        for kind, text, page_label, speaker, marks in data["blocks"]
    )  # fmt: skip
    return Section(_str(data["title"]), int(data["level"]), blocks)


def _str(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected text, got {type(value).__name__}")
    return value


def _str_or_none(value: Any) -> str | None:
    return None if value is None else _str(value)


def _float_or_none(value: Any) -> float | None:
    return None if value is None else float(value)
