"""Reading members of a zip archive within bounds. Nothing is ever unpacked to disk.

Knows zip files and their attacks. Knows no format that is kept in one.
"""

from __future__ import annotations

import contextlib
import posixpath
import struct
import zipfile
import zlib
from collections.abc import Iterator
from urllib.parse import unquote

from storage.readers import limits
from storage.readers.picture_files import LeftOut, NotTaken
from storage.readers.source import Source

_DAMAGE = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, struct.error, NotImplementedError, RuntimeError, ValueError,
    OverflowError, LookupError,
)  # fmt: skip
"""What zipfile raises for truncated, encrypted, oddly compressed or simply wrong members."""


class MissingMember(LookupError):
    """A member that is not there, or cannot be unpacked."""


class Archive:
    """An opened zip archive; members are looked up by path, then by path in any letter case."""

    def __init__(self, source: Source, archive: zipfile.ZipFile) -> None:
        self._source = source
        self._archive = archive
        self._read_bytes = 0
        self._infos = {info.filename: info for info in archive.infolist()}
        self._folded = {name.casefold(): name for name in self._infos}
        if len(self._infos) > limits.MAX_ZIP_MEMBERS:
            raise source.refusal(
                f"is an archive of {len(self._infos):,} files; a book has at most {limits.MAX_ZIP_MEMBERS:,}."
            )

    @property
    def names(self) -> list[str]:
        return list(self._infos)

    def find(self, path: str) -> str | None:
        """The member's real name, or None."""
        if path in self._infos:
            return path
        return self._folded.get(path.casefold())

    def is_encrypted(self, name: str) -> bool:
        return bool(self._infos[name].flag_bits & 1)

    def read(self, path: str) -> bytes:
        """A member's bytes. Raises MissingMember, or ReaderError where a bound is passed."""
        name = self.find(path)
        if name is None:
            raise MissingMember(path)
        info = self._infos[name]
        swollen = info.file_size > limits.RATIO_MATTERS_BYTES and (
            info.file_size > limits.MAX_RATIO * max(1, info.compress_size)
        )
        if swollen or info.file_size > limits.MAX_MEMBER_BYTES:
            raise self._source.refusal(
                f"claims to unpack to {info.file_size // limits.MIB:,} MiB in one part and was not opened; "
                "a book does not do that, so do not trust this file."
            )
        self._read_bytes += info.file_size
        if self._read_bytes > limits.MAX_READ_BYTES:
            raise self._source.refusal(
                f"unpacks to more than {limits.MAX_READ_BYTES // limits.MIB} MiB of text and was given up."
            )
        return self._unpack(info)

    def read_picture(self, path: str) -> bytes:
        """A member's bytes, which do not count as text. Raises MissingMember, or NotTaken for one too large to show."""
        name = self.find(path)
        if name is None:
            raise MissingMember(path)
        info = self._infos[name]
        if info.file_size > limits.MAX_PICTURE_BYTES:
            raise NotTaken(LeftOut.LARGE)
        return self._unpack(info)

    def _unpack(self, info: zipfile.ZipInfo) -> bytes:
        try:
            return self._archive.read(info)  # zipfile reads no more than the size the directory states
        except _DAMAGE as problem:
            raise MissingMember(info.filename) from problem


@contextlib.contextmanager
def open_archive(source: Source) -> Iterator[Archive]:
    """Raises ReaderError for a file that is no whole zip archive."""
    try:
        opened = zipfile.ZipFile(source.path)
    except _DAMAGE as problem:
        raise source.refusal("is damaged: its archive cannot be opened. Get a fresh copy and try again.") from problem
    with opened:
        yield Archive(source, opened)


def resolve(base: str, reference: str) -> tuple[str, str]:
    """(member path, fragment) of a link in member `base`. A link out of the archive gives a path that is not in it."""
    path, _, fragment = reference.partition("#")
    path = unquote(path.partition("?")[0])
    if "://" in path or path.startswith(("data:", "mailto:")):
        return "", ""
    if not path:
        return base, unquote(fragment)
    joined = posixpath.normpath(posixpath.join(posixpath.dirname(base), path))
    while joined.startswith("../"):
        joined = joined[3:]
    return joined.lstrip("/"), unquote(fragment)
