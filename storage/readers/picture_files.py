"""What kind of picture a file is and how large, from its first bytes; and which pictures a document takes in.

Knows the heads of PNG, JPEG, GIF and WebP files. Decodes nothing: a picture is checked, kept as it is, and shown later.
What it says it is counts for nothing. Drawings (SVG) are documents of their own, with scripts and links: they stay out.
"""

from __future__ import annotations

import base64
import binascii
import struct
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum, auto
from urllib.parse import unquote_to_bytes

from storage.readers import limits
from storage.readers.cleaning import one_line
from storage.readers.source import Source

MEDIA_TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_MAX_DESCRIPTION = 1_000
_SPACER_PIXELS = 2
_JPEG_SIZES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
"""Markers of a JPEG that state its size (SOF0 to SOF15; T.81, table B.1)."""
_JPEG_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
"""Markers that no length follows."""


@dataclass(frozen=True, slots=True)
class Picture:
    media_type: str
    width: int
    height: int
    data: bytes = field(repr=False)
    description: str = ""


class LeftOut(Enum):
    """Why a picture does not come along."""

    KIND = auto()
    DAMAGED = auto()
    LARGE = auto()
    MANY = auto()
    OUTSIDE = auto()

    def sentence(self, count: int) -> str:
        """What to tell the user of so many pictures."""
        mib, megapixels = limits.MAX_PICTURE_BYTES // limits.MIB, limits.MAX_PIXELS // 1024**2
        if count == 1:
            return {
                LeftOut.KIND: "One picture is neither PNG, JPEG, GIF nor WebP and was left out.",
                LeftOut.DAMAGED: "One picture is damaged or missing and was left out.",
                LeftOut.LARGE: f"One picture is larger than {mib} MiB or {megapixels} megapixels and was left out.",
                LeftOut.MANY: "One picture was left out, because the document holds more than can be kept.",
                LeftOut.OUTSIDE: "One picture is not in the file itself and was left out.",
            }[self]
        return {
            LeftOut.KIND: f"{count:,} pictures are neither PNG, JPEG, GIF nor WebP and were left out.",
            LeftOut.DAMAGED: f"{count:,} pictures are damaged or missing and were left out.",
            LeftOut.LARGE: f"{count:,} pictures are larger than {mib} MiB or {megapixels} megapixels and were left out.",
            LeftOut.MANY: f"{count:,} pictures were left out, because the document holds more than can be kept.",
            LeftOut.OUTSIDE: f"{count:,} pictures are not in the file itself and were left out.",
        }[self]


class NotTaken(ValueError):
    """A picture that cannot come along."""

    def __init__(self, reason: LeftOut) -> None:
        super().__init__(reason.name)
        self.reason = reason


@dataclass(slots=True)
class PictureIntake:
    """The pictures of one document: taken in until a bound is reached, what is left out counted by its reason."""

    taken: int = 0
    taken_bytes: int = 0
    left_out: Counter[LeftOut] = field(default_factory=Counter)

    def take(self, data: bytes, description: str = "") -> Picture | None:
        """The picture in a file's bytes. None for one that cannot come along, and for spacers, which show nothing."""
        try:
            picture = read_picture(data, description)
        except NotTaken as problem:
            self.refuse(problem.reason)
            return None
        if min(picture.width, picture.height) <= _SPACER_PIXELS:
            return None
        if self.taken >= limits.MAX_PICTURES or self.taken_bytes + len(data) > limits.MAX_PICTURES_BYTES:
            self.refuse(LeftOut.MANY)
            return None
        self.taken += 1
        self.taken_bytes += len(data)
        return picture

    def refuse(self, reason: LeftOut) -> None:
        """Count a picture that cannot come along."""
        self.left_out[reason] += 1

    def warn(self, source: Source) -> None:
        """One sentence for each reason there was to leave pictures out."""
        for reason, count in self.left_out.items():
            source.warn(reason.sentence(count))


def read_picture(data: bytes, description: str = "") -> Picture:
    """Raises NotTaken for what is no whole picture of a kind we show, or one beyond the bounds."""
    if len(data) > limits.MAX_PICTURE_BYTES:
        raise NotTaken(LeftOut.LARGE)
    for media_type, size_of in zip(MEDIA_TYPES, (_png, _jpeg, _gif, _webp), strict=True):
        try:
            size = size_of(data)
        except (struct.error, IndexError):
            raise NotTaken(LeftOut.DAMAGED) from None
        if size is None:
            continue
        width, height = size
        if width < 1 or height < 1:
            raise NotTaken(LeftOut.DAMAGED)
        if width * height > limits.MAX_PIXELS:
            raise NotTaken(LeftOut.LARGE)
        return Picture(media_type, width, height, data, one_line(description)[:_MAX_DESCRIPTION])
    raise NotTaken(LeftOut.KIND if data.strip() else LeftOut.DAMAGED)


def picture_of_data_uri(uri: str) -> bytes:
    """The bytes of a `data:` URI (RFC 2397). Raises NotTaken for a damaged one."""
    head, comma, body = uri.partition(",")
    if not comma or len(body) > 3 * limits.MAX_PICTURE_BYTES:
        raise NotTaken(LeftOut.LARGE if comma else LeftOut.DAMAGED)
    try:
        return decode_base64(unquote_to_bytes(body)) if head.lower().endswith(";base64") else unquote_to_bytes(body)
    except binascii.Error:
        raise NotTaken(LeftOut.DAMAGED) from None


def decode_base64(text: bytes | str) -> bytes:
    """Base64 with white space anywhere in it. Raises binascii.Error."""
    return base64.b64decode("".join(text.split()) if isinstance(text, str) else b"".join(text.split()))


# -- heads of files: (width, height), or None for another kind; struct.error or IndexError where the file ends early ----


def _png(data: bytes) -> tuple[int, int] | None:
    """PNG (third edition), §5: every chunk has to be there, up to IEND."""
    if not data.startswith(b"\x89PNG\r\n\x1a\n"):
        return None
    width, height = struct.unpack_from(">II", data, 16)
    position = 8
    while data[position + 4 : position + 8] != b"IEND":
        (length,) = struct.unpack_from(">I", data, position)
        position += 12 + length
        data[position]  # the next chunk begins inside the file
    return width, height


def _jpeg(data: bytes) -> tuple[int, int] | None:
    """ITU T.81, annex B: markers up to the one that states the size, then a scan."""
    if not data.startswith(b"\xff\xd8\xff"):
        return None
    size: tuple[int, int] | None = None
    position = 2
    while True:
        while data[position] != 0xFF:
            position += 1
        while data[position] == 0xFF:
            position += 1
        marker = data[position]
        if marker == 0xDA and size is not None:
            return size
        if marker in (0xD9, 0xDA):
            raise IndexError
        if marker in _JPEG_ALONE:
            position += 1
            continue
        (length,) = struct.unpack_from(">H", data, position + 1)
        if marker in _JPEG_SIZES:
            height, width = struct.unpack_from(">HH", data, position + 4)
            size = (width, height)
        position += 1 + max(2, length)


def _gif(data: bytes) -> tuple[int, int] | None:
    """GIF89a, §18: the logical screen. A frame has to follow, and be as large at most."""
    if not data.startswith((b"GIF87a", b"GIF89a")):
        return None
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    data[13 + (3 << ((flags & 7) + 1) if flags & 0x80 else 0) + 1]
    return width, height


def _webp(data: bytes) -> tuple[int, int] | None:
    """RFC 9649 (WebP), §2: the canvas of the first chunk."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return None
    (length,) = struct.unpack_from("<I", data, 4)
    data[length + 7]  # the file is as long as it says
    chunk = data[12:16]
    if chunk == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if chunk == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = struct.unpack_from("<HH", data, 26)
    return width & 0x3FFF, height & 0x3FFF
