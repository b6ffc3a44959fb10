"""Pages of a PDF as pictures, their labels, and where words stand on them.

Knows pdfium and an open PDF. Runs only in processes that are bounded: the PDF reader's, and that of storage.page_child.
Places are fractions of the page as it is shown, from its upper left corner.
"""

from __future__ import annotations

import ctypes
import math
import struct
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

import pypdfium2.raw as pdfium_c

from storage.readers.cleaning import one_line

MOST_WIDTH_PX = 4096
_MOST_PIXELS = 40_000_000
_FEWEST_CHARACTERS = 8
"""Of the part of a quote that has to stand on a page, when its rest is on the next."""
_MOST_MARGIN = 120
"""Letters of running heads and page numbers before or behind the text of a page."""
_GRID = 1_000_000

_Box = tuple[float, float, float, float]
"""x, y, width, height."""


def page_label(pdf: Any, number: int) -> str:
    """What is printed on a page, as the PDF says it; else its number from 1."""
    label: str = pdf.get_page_label(number)
    return one_line(label) or str(number + 1)


def render_page(pdf: Any, number: int, width_px: int) -> bytes:
    """A page as a PNG file, `width_px` wide; less where that would take too many pixels."""
    page = pdf[number]
    try:
        width, height = (max(1.0, side) for side in page.get_size())
        wanted = min(max(1, width_px), MOST_WIDTH_PX)
        scale = min(wanted / width, math.sqrt(_MOST_PIXELS / (width * height)))
        bitmap = page.render(scale=scale, rev_byteorder=True)
        try:
            return png_file(bitmap.buffer, bitmap.width, bitmap.height, bitmap.stride)
        finally:
            bitmap.close()
    finally:
        page.close()


def png_file(pixels: Any, width: int, height: int, stride: int) -> bytes:
    """Rows of RGB pixels, `stride` bytes apart, as a PNG file. PNG (third edition), §5 and §9: no filter, fast deflate."""
    rows = memoryview(pixels).cast("B")
    packer = zlib.compressobj(1)
    packed = []
    for row in range(height):
        start = row * stride
        packed.append(packer.compress(b"\0"))
        packed.append(packer.compress(rows[start : start + 3 * width]))
    packed.append(packer.flush())
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(name, data) for name, data in ((b"IHDR", head), (b"IDAT", b"".join(packed)), (b"IEND", b""))
    )


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(name)))


def quote_boxes(pdf: Any, number: int, quote: str, *, whole: bool = False) -> list[_Box]:
    """Where a quote stands on a page, a box a line; of one that runs over the page's edge, the part that is here, unless
    it must be whole.

    Letters and digits are compared, nothing else: the text of a document has its lines joined and its hyphens taken out.
    """
    page = pdf[number]
    try:
        text_page = page.get_textpage()
        try:
            letters, indices = _letters(text_page.raw)
            wanted = "".join(_squeezed(quote))
            found = None if whole and wanted not in letters else find_part(letters, wanted)
            if found is None:
                return []
            first, last = indices[found[0]], indices[found[1] - 1]
            return join_lines(_boxes(page.raw, text_page.raw, first, last + 1 - first))
        finally:
            text_page.close()
    finally:
        page.close()


def join_lines(boxes: Iterable[_Box]) -> list[_Box]:
    """One box a line out of pdfium's one a run of type."""
    lines: list[_Box] = []
    for box in boxes:
        if lines and _on_one_line(lines[-1], box):
            line = lines.pop()
            left, top = min(line[0], box[0]), min(line[1], box[1])
            right, bottom = max(line[0] + line[2], box[0] + box[2]), max(line[1] + line[3], box[1] + box[3])
            box = (left, top, right - left, bottom - top)
        lines.append(box)
    return lines


def _on_one_line(line: _Box, box: _Box) -> bool:
    shared = min(line[1] + line[3], box[1] + box[3]) - max(line[1], box[1])
    return shared > 0.5 * min(line[3], box[3])


def find_part(text: str, quote: str) -> tuple[int, int] | None:
    """Where a quote stands on a page's text, `[start, end)`; else its beginning at the end of the page, or its end at
    the beginning, with what stands on margins between."""
    if not quote:
        return None
    start = text.find(quote)
    if start >= 0:
        return start, start + len(quote)
    head = _longest(len(quote), lambda length: quote[:length] in text)
    start = text.rfind(quote[:head])
    if head >= _FEWEST_CHARACTERS and start + head >= len(text) - _MOST_MARGIN:
        return start, start + head
    tail = _longest(len(quote), lambda length: quote[len(quote) - length :] in text)
    start = text.find(quote[len(quote) - tail :])
    if tail >= _FEWEST_CHARACTERS and start <= _MOST_MARGIN:
        return start, start + tail
    return None


def _longest(most: int, stands: Any) -> int:
    """The greatest length up to `most` that stands; a length stands whenever a greater one does."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if stands(middle) else (low, middle - 1)
    return low


def _letters(raw: Any) -> tuple[str, list[int]]:
    """The letters and digits of a page, small, and for each the index of pdfium's character it comes from."""
    letters: list[str] = []
    indices: list[int] = []
    get_unicode = pdfium_c.FPDFText_GetUnicode
    index, count = 0, pdfium_c.FPDFText_CountChars(raw)
    while index < count:
        code, at = get_unicode(raw, index), index
        if 0xD800 <= code < 0xDC00 and index + 1 < count:
            index += 1
            code = 0x10000 + ((code - 0xD800) << 10) + ((get_unicode(raw, index) - 0xDC00) & 0x3FF)
        for letter in _squeezed(chr(code) if not 0xD800 <= code < 0xE000 else ""):
            letters.append(letter)
            indices.append(at)
        index += 1
    return "".join(letters), indices


def _squeezed(text: str) -> Iterator[str]:
    return (letter for character in text.casefold() for letter in character if letter.isalnum())


def _boxes(page: Any, text_page: Any, first: int, count: int) -> Iterator[_Box]:
    for number in range(pdfium_c.FPDFText_CountRects(text_page, first, count)):
        left, top, right, bottom = (ctypes.c_double() for _ in range(4))
        if not pdfium_c.FPDFText_GetRect(text_page, number, left, top, right, bottom):
            continue
        xs, ys = zip(_shown(page, left, top), _shown(page, right, bottom), strict=True)
        box = (min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))
        if 0.0 <= box[0] <= 1.0 and 0.0 <= box[1] <= 1.0:
            yield box


def _shown(page: Any, x: Any, y: Any) -> tuple[float, float]:
    """A point of the page's own space on the page as it is shown, turned and cropped."""
    across, down = ctypes.c_int(), ctypes.c_int()
    pdfium_c.FPDF_PageToDevice(page, 0, 0, _GRID, _GRID, 0, x, y, across, down)
    return across.value / _GRID, down.value / _GRID
