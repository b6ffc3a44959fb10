"""Bytes -> text, when nothing says in which encoding they are.

A byte order mark decides; then strict UTF-8 (bytes that are not UTF-8 hardly ever pass); then the East Asian encodings,
judged by how many of the characters they give are among the most common of their language; then the single-byte ones
through charset-normalizer, with Western European as the sane default.

Common characters make up 25-50% of real Chinese, Japanese or Korean text and 1-3% of text decoded wrongly.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from storage.readers.limits import MIB

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CHINESE = frozenset(
    "的一是不了人我在有他这為为之大来來以个個中上们們到说說国國和地也子时時道出而要于於就下得可你年生自会會那后後能对對着著事其里裡所去行过過"
    "家十用发發天如然作方成者多日都三小军軍二无無同么麼经經法当當起与與好看学學进進种種将將还還分此心前面又定见見只主没沒公从從知样樣話话"
)
_JAPANESE = frozenset(
    "のにはをたがでてとしれさいるなもあこっかうそくすんよりまだけつきらみどおえちわやめろ、。「」ーンスルトイクリアラ一人日本私彼女言見出"
)
_KOREAN = frozenset("이다는을의가에고한지도하로를은기사그나아리어자서대인시들정있것수일해라만과여면보니게부전니요와")
_EAST_ASIAN = (
    ("gb18030", _CHINESE),
    ("big5hkscs", _CHINESE),
    ("cp932", _JAPANESE),
    ("euc_jp", _JAPANESE),
    ("cp949", _KOREAN),
)
_ENOUGH_COMMON = 0.15
_SAMPLE_BYTES = 256 * 1024
_LETTERS = re.compile(r"[^\x00-\x7f\u2000-\u206f\u3000-\u3029\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]")
# Half-width katakana, private use and CJK extensions are what a wrong guess produces.
_SUSPECT = re.compile(r"[\uff61-\uff9f\ue000-\uf8ff\u3400-\u4dbf\u0080-\u009f\ufffd]")
_TWICE = re.compile(r"(?:[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})+")
_ISO_2022_JP = re.compile(rb"\x1b\$[@B]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """encoding: a Python codec name. certain: False where it was guessed. damaged: bytes that fitted no encoding."""

    text: str
    encoding: str
    certain: bool
    damaged: int = 0


def decode(data: bytes, *, declared: str | None = None) -> Decoded:
    """Text of `data`, without byte order mark. `declared`: the file's own claim, taken if it decodes strictly."""
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _decode_known(data[len(bom) :], encoding)
    if (wide := utf16_without_bom(data)) is not None:
        return Decoded(data.decode(wide, errors="replace"), wide, certain=False)
    strict = _strictly(data, "utf-8")
    if strict is not None and not _ISO_2022_JP.search(data[:_SAMPLE_BYTES]):
        return Decoded(strict, "utf-8", certain=True)
    if declared and (text := _strictly(data, declared)) is not None:
        return Decoded(text, declared, certain=True)
    if _ISO_2022_JP.search(data[:_SAMPLE_BYTES]) and (text := _strictly(data, "iso2022_jp")) is not None:
        return Decoded(text, "iso2022_jp", certain=True)
    nearly = data.decode("utf-8", errors="replace")
    damaged = nearly.count("\ufffd")
    well_formed = sum(1 for char in nearly[:_SAMPLE_BYTES] if char > "\x7f") - damaged
    if well_formed > 20 * damaged:  # a damaged UTF-8 file, not another encoding
        return Decoded(nearly, "utf-8", certain=True, damaged=damaged)
    return _guess(data)


def repair_double_encoding(text: str) -> str:
    """UTF-8 that was once read as Latin-1 and saved as UTF-8 again (“ as â\\x80\\x9c), put right; other text as it is.

    The signs are control characters no text has, so that nothing is repaired that was not broken.
    """
    if "\xe2\x80" not in text and "\xc3\xa2\xc2\x80" not in text:
        return text
    return _TWICE.sub(_once, text)


def _once(match: re.Match[str]) -> str:
    try:
        return match.group().encode("latin-1").decode("utf-8")
    except UnicodeError:
        return match.group()


def _decode_known(data: bytes, encoding: str) -> Decoded:
    text = data.decode(encoding, errors="replace")
    return Decoded(text, encoding, certain=True, damaged=0 if "\ufffd" not in text else text.count("\ufffd"))


def _strictly(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeError, LookupError):
        return None


def utf16_without_bom(data: bytes) -> str | None:
    """Which UTF-16 these bytes are, or None. It has NULs at every other byte wherever it has ASCII, if only line ends."""
    sample = data[: _SAMPLE_BYTES & ~1]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if even + odd == 0 or min(even, odd) * 20 > max(even, odd) or len(data) < 4:
        return None
    encoding = "utf-16-le" if odd > even else "utf-16-be"
    text = sample.decode(encoding, errors="replace")
    readable = sum(1 for char in text if char.isprintable() or char in "\n\r\t")
    return encoding if readable > 0.98 * len(text) else None


def _guess(data: bytes) -> Decoded:
    scores = [(_share_of_common(data, encoding, common), encoding) for encoding, common in _EAST_ASIAN]
    best, encoding = max(scores)
    if best >= _ENOUGH_COMMON:
        text = data.decode(encoding, errors="replace")
        return Decoded(text, encoding, certain=False, damaged=text.count("\ufffd"))
    encoding = _single_byte(data)
    text = data.decode(encoding, errors="replace")
    return Decoded(text, encoding, certain=False, damaged=text.count("\ufffd"))


def _share_of_common(data: bytes, encoding: str, common: frozenset[str]) -> float:
    """Share of the language's most common characters among all non-ASCII letters, 0-1; suspects count against it."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    text = decoder.decode(data[:_SAMPLE_BYTES])
    letters = _LETTERS.findall(text)
    if not letters:
        return 0.0
    hits = sum(1 for char in letters if char in common)
    return (hits - 2 * len(_SUSPECT.findall(text))) / len(letters)


def _single_byte(data: bytes) -> str:
    sample = data[:_SAMPLE_BYTES]
    high = len(sample) - len(sample.translate(None, bytes(range(128, 256))))
    # In Western European languages accents are rare; in Cyrillic, Greek, Arabic or Hebrew most letters are high bytes.
    if high <= 0.12 * len(sample) and not _looks_central_european(sample):
        return "cp1252" if _strictly(data, "cp1252") is not None else "latin-1"
    from charset_normalizer import from_bytes

    best = from_bytes(sample[: MIB // 8]).best()
    if best is None or _strictly(data, best.encoding) is None:
        return "cp1252" if _strictly(data, "cp1252") is not None else "latin-1"
    return str(best.encoding)


def _looks_central_european(sample: bytes) -> bool:
    """True when reading the bytes as cp1252 puts signs such as ¹, ³, ¿ or œ inside words: Polish, Czech, Hungarian."""
    text = sample.decode("cp1252", errors="replace")
    inside = re.findall(r"(?<=[a-z])[¹³¿¯¶¼¾£¥œ\x9c\x9d\x9f\x8d](?=[a-z])", text)
    return len(inside) > 3
