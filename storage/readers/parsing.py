"""File -> Document in this process: sniff, then the format's own module, imported only when it is needed.

The child process runs this; so do tests that want speed instead of isolation.
"""

from __future__ import annotations

import importlib
from typing import cast

from storage.document import Document
from storage.errors import ReaderError
from storage.readers import limits
from storage.readers.sniff import SUFFIXES, sniff
from storage.readers.source import Source

_MODULES = {
    "txt": "txt", "md": "markdown", "html": "html", "epub": "epub", "pdf": "pdf", "docx": "docx", "fb2": "fb2",
    "chatgpt": "chatgpt", "sillytavern": "sillytavern",
}  # fmt: skip


def parse_file(source: Source) -> Document:
    """Raises ReaderError, with one sentence, for everything that cannot become a document."""
    try:
        if source.path.is_dir():
            raise source.refusal("is a folder; import the files in it.")
        if not source.path.is_file():
            raise source.refusal("is not there, or is no ordinary file.")
        size = source.path.stat().st_size
        if size > limits.MAX_FILE_BYTES:
            raise source.refusal(f"is larger than {limits.MAX_FILE_BYTES // limits.MIB:,} MiB; split it and try again.")
        format = sniff(source)
        _check_name(source, format)
        reader = importlib.import_module(f"storage.readers.{_MODULES[format]}")
        return cast(Document, reader.read(source))
    except PermissionError:
        raise source.refusal("may not be read; check its permissions.") from None
    except FileNotFoundError:
        raise source.refusal("is not there any more.") from None
    except RecursionError:
        raise source.refusal("is nested too deeply to be read.") from None
    except OSError as problem:
        if isinstance(problem, ReaderError):
            raise
        raise source.refusal(f"cannot be read: {problem.strerror or 'the disk reports an error'}.") from problem


_TEXT_FORMATS = frozenset({"txt", "md", "html", "chatgpt", "sillytavern"})


def _check_name(source: Source, format: str) -> None:
    """Refuse a file of another type than its name says: it is not what the user thinks it is. Among kinds of plain text, where
    names are a habit rather than a type, a warning is enough."""
    suffix = source.path.suffix.lower().lstrip(".")
    named = next((each for each, suffixes in SUFFIXES.items() if suffix in suffixes), None)
    if named is None or suffix in SUFFIXES[format] or (suffix == "zip" and format == "fb2"):
        return
    if named in _TEXT_FORMATS and format in _TEXT_FORMATS:
        source.warn(
            f"By its name the file is {suffix.upper()}, by its content {format.upper()}; it was read as the latter."
        )
        return
    raise source.refusal(
        f"is {named.upper()} by its name but {format.upper()} by its content; if that is right, give it the ending "
        f".{SUFFIXES[format][0]} and import it again."
    )
