"""What kind of file this is, by its content; the name decides only between kinds that are all plain text.

Recognises what cannot be read, too, so that the refusal can name it. Reads the first bytes, and the directory of a zip.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable

from storage.readers.archive import Archive, MissingMember, open_archive
from storage.readers.encoding import utf16_without_bom
from storage.readers.source import Source

FORMATS = ("txt", "md", "html", "epub", "pdf", "docx", "fb2", "chatgpt", "sillytavern")
SUFFIXES = {
    "txt": ("txt", "text"), "md": ("md", "markdown", "mdown", "mkd"), "html": ("html", "htm", "xhtml", "xht"),
    "epub": ("epub",), "pdf": ("pdf",), "docx": ("docx", "docm"), "fb2": ("fb2", "fb2.zip", "fbz"),
    "chatgpt": ("json", "zip"), "sillytavern": ("jsonl",),
}  # fmt: skip
"""What files of each format are usually called; a file dialog may offer these."""

_HEAD_BYTES = 65_536
_CAN_READ = "Palimpsest reads EPUB, PDF, DOCX, HTML, FB2, Markdown, plain text, ChatGPT exports and SillyTavern chats."
_PICTURES = re.compile(r"\.(?:jpe?g|png|gif|webp|bmp|tiff?|avif|jxl)$", re.IGNORECASE)
_REFUSED_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"{\\rtf", "is a Rich Text (RTF) document; save it as DOCX, HTML or plain text and import that."),
    (b"AT&TFORM", "is a DjVu book, pictures of pages; convert it to text or a searchable PDF and import that."),
    (b"ITOLITLS", "is a Microsoft Reader (LIT) book; convert it to EPUB, with calibre for one, and import that."),
    (b"ITSF", "is a Windows help (CHM) file; convert it to EPUB or HTML and import that."),
    (b"%!PS", "is a PostScript file; convert it to PDF and import that."),
    (b"SQLite format 3\0", "is a database, not a text."),
    (b"Rar!\x1a\x07", "is a RAR archive; unpack it and import the files in it."),
    (b"7z\xbc\xaf\x27\x1c", "is a 7-Zip archive; unpack it and import the files in it."),
    (b"\x1f\x8b", "is a gzip archive; unpack it and import the files in it."),
    (b"BZh", "is a bzip2 archive; unpack it and import the files in it."),
    (b"\xfd7zXZ\0", "is an xz archive; unpack it and import the files in it."),
    (b"\x28\xb5\x2f\xfd", "is a zstd archive; unpack it and import the files in it."),
    (b"\x89PNG\r\n", "is a picture; only text can be imported."),
    (b"\xff\xd8\xff", "is a picture; only text can be imported."),
    (b"GIF8", "is a picture; only text can be imported."),
    (b"RIFF", "is a media file; only text can be imported."),
    (b"ID3", "is a sound file; only text can be imported."),
    (b"OggS", "is a sound file; only text can be imported."),
    (b"fLaC", "is a sound file; only text can be imported."),
    (b"\x7fELF", "is a program, not a text."),
    (b"MZ\x90\0", "is a program, not a text."),
    (b"GGUF", "is a language model; add it on the models page."),
)  # fmt: skip
_NO_BOOK = "!is a zip archive without a book or chat export in it; unpack it and import the files in it."
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_XML_ROOT = re.compile(r"<([A-Za-z_][\w.:-]*)[\s/>]")
_HTML_TAG = re.compile(
    r"<(?:!doctype\s+html|html|head|body|title|h[1-6]|p|div|article|table|meta|br|a\s)\b", re.IGNORECASE
)
_JSON_START = re.compile(r"""\s*(?:\[\s*(?:[\[{"\]\d]|$)|\{\s*(?:["}]|$))""")


def sniff(source: Source) -> str:
    """One of FORMATS. Raises ReaderError for every other kind of file, naming the kind and the way out."""
    with source.path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    if not head:
        raise source.refusal("is empty.")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _sniff_zip(source)
    if b"%PDF-" in head[:1024]:
        return "pdf"
    for magic, reason in _REFUSED_MAGIC:
        if head.startswith(magic) and not (magic == b"RIFF" and head[8:12] not in (b"WEBP", b"WAVE", b"AVI ")):
            raise source.refusal(reason)
    if head.startswith(_OLE):
        raise source.refusal(_ole_reason(head))
    if head[60:68] in (b"BOOKMOBI", b"TEXtREAd") or head.startswith(b"TPZ"):
        raise source.refusal("is a Kindle (MOBI/AZW) book; convert it to EPUB, with calibre for one, and import that.")
    return _sniff_text(source, head)


def _ole_reason(head: bytes) -> str:
    if "EncryptedPackage".encode("utf-16-le") in head:
        return "is an Office document protected by a password; save a copy without one and import that."
    return "is an old Office document (DOC, XLS, PPT); save it as DOCX and import that."


# -- archives ----------------------------------------------------------------------------------------------------------


def _sniff_zip(source: Source) -> str:
    with open_archive(source) as archive:
        names = archive.names
        declared = _mimetype(archive)
        answer = next((answer for answers, answer in _ZIP_KINDS if answers(names, declared)), _NO_BOOK)
    if answer.startswith("!"):
        raise source.refusal(answer[1:])
    return answer


def _mimetype(archive: Archive) -> str:
    name = archive.find("mimetype")
    if name is None:
        return ""
    try:
        return archive.read(name)[:200].decode("ascii", errors="replace").strip()
    except MissingMember:
        return ""


def _has(*wanted: str) -> Callable[[list[str], str], bool]:
    folded = {name.casefold() for name in wanted}
    return lambda names, declared: any(name.casefold() in folded for name in names)


def _ends(suffix: str) -> Callable[[list[str], str], bool]:
    return lambda names, declared: any(name.lower().endswith(suffix) for name in names)


def _is_chatgpt(names: list[str], declared: str) -> bool:
    return any(is_conversations_file(name) for name in names)


def is_conversations_file(name: str) -> bool:
    """conversations.json, or one shard of it: conversations-000.json."""
    return re.fullmatch(r"(?:.*/)?conversations(?:-\d+)?\.json", name) is not None


def _is_comic(names: list[str], declared: str) -> bool:
    files = [name for name in names if not name.endswith("/")]
    pictures = sum(1 for name in files if _PICTURES.search(name))
    return pictures > 0 and pictures >= len(files) - 3


_ZIP_KINDS: tuple[tuple[Callable[[list[str], str], bool], str], ...] = (
    (lambda names, declared: declared == "application/epub+zip", "epub"),
    (_has("META-INF/container.xml"), "epub"),
    (
        lambda names, declared: declared.startswith("application/vnd.oasis.opendocument"),
        "!is an OpenDocument (ODT) file; save it as DOCX or HTML and import that.",
    ),
    (_has("word/document.xml"), "docx"),
    (
        _has("xl/workbook.xml", "ppt/presentation.xml"),
        "!is a spreadsheet or a presentation; save its text and import that.",
    ),
    (_is_chatgpt, "chatgpt"),
    (_ends(".opf"), "epub"),
    (_ends(".fb2"), "fb2"),
    (_is_comic, "!is a comic book or an album (CBZ): pictures of pages, which hold no text to read."),
    (_has("AndroidManifest.xml"), "!is an Android program, not a text."),
)


# -- text --------------------------------------------------------------------------------------------------------------


def _sniff_text(source: Source, head: bytes) -> str:
    suffix = source.path.suffix.lower().lstrip(".")
    if _looks_binary(head):
        raise source.refusal(f"is not a text, or of a kind that is not known here. {_CAN_READ}")
    text = _rough_text(head)
    start = text.lstrip("\ufeff \t\r\n")
    if not start and len(head) < _HEAD_BYTES:
        raise source.refusal("holds no text.")
    if start.startswith("<"):
        return _sniff_markup(source, start, suffix)
    if _JSON_START.match(start) and (kind := _sniff_json(source, start, suffix)) is not None:
        return kind
    if suffix in SUFFIXES["html"] and _HTML_TAG.search(start):
        return "html"
    if suffix in SUFFIXES["md"]:
        return "md"
    return "txt"


def _looks_binary(head: bytes) -> bool:
    if head.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)):
        return False
    if b"\0" in head:
        return utf16_without_bom(head) is None
    controls = len(head) - len(head.translate(None, bytes([*range(1, 8), *range(14, 27), 28, 29, 30, 31, 127])))
    return controls > 2 + len(head) / 200


def _rough_text(head: bytes) -> str:
    """Enough of the text to see its first signs; they are ASCII in every format."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head.decode("utf-16", errors="replace")
    if b"\0" in head:
        head = head.replace(b"\0", b"")
    return head.decode("utf-8", errors="replace")


def _sniff_markup(source: Source, start: str, suffix: str) -> str:
    bare = re.sub(
        r"<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\])?[^>]*>", "", start, flags=re.DOTALL | re.IGNORECASE
    )
    root = _XML_ROOT.search(bare)
    name = root.group(1).rpartition(":")[2].lower() if root is not None else ""
    if name == "fictionbook":
        return "fb2"
    is_xml = start.startswith("<?xml") and "<!doctype html" not in start[:2000].lower()
    if name == "html" or "<!doctype html" in start[:2000].lower() or suffix in SUFFIXES["html"]:
        return "html"
    if is_xml and name:
        raise source.refusal(f"is an XML file of a kind that is not known here (<{name}>). {_CAN_READ}")
    if suffix in SUFFIXES["md"]:
        return "md"
    return "html" if len(_HTML_TAG.findall(start[:4000])) >= 2 else "txt"


def _sniff_json(source: Source, start: str, suffix: str) -> str | None:
    """None when it only begins like JSON."""
    first = start.split("\n", 1)[0]
    if '"mapping"' in start and (suffix == "json" or '"message"' in start):
        return "chatgpt"
    if any(sign in first for sign in ('"chat_metadata"', '"user_name"', '"character_name"', '"is_user"', '"mes"')):
        return "sillytavern"
    signs = (
        ('"chara_card_v', "is a character card, not a chat; it cannot be read as a document."),
        (
            '"chat_messages"',
            "is a Claude export, which is not read yet; only ChatGPT exports and SillyTavern chats are.",
        ),
        (
            '"date_unixtime"',
            "is a Telegram export, which is not read yet; only ChatGPT exports and SillyTavern chats are.",
        ),
    )
    for sign, reason in signs:
        if sign in start:
            raise source.refusal(reason)
    if suffix == "json" or suffix == "jsonl" or _is_json(first):
        raise source.refusal("is a JSON file, but neither a ChatGPT export nor a SillyTavern chat.")
    return None


def _is_json(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict | list)
    except (ValueError, RecursionError):
        return False
