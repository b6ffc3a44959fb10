"""A Hugging Face hub over HTTP, as far as fetching a model needs it: what a repository holds, and a file's bytes from an offset on.

Knows addresses, headers and what the hub's refusals mean. Knows no data folder and no job; opens a connection only when
one of its iterators is driven.

Of our own, and small, instead of `huggingface_hub`: that one checks a file's size but not its checksum, cannot be stopped
while a connection hangs, keeps a cache and a log in the home folder, and sends the token it finds there.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import re
import ssl
import urllib.error
import urllib.request
from collections.abc import Generator
from dataclasses import dataclass
from typing import IO, Any, NoReturn
from urllib.parse import quote, urlsplit

from storage.errors import StorageError

DEFAULT_ENDPOINT = "https://huggingface.co"
TIMEOUT_S = 20.0
"""Without a byte for this long a connection counts as lost."""
BLOCK_BYTES = 64 * 1024
MOST_REDIRECTS = 5
_MOST_LISTING_BYTES = 16 * 1024**2
_REPO = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class HubError(StorageError):
    """One sentence for the user: why nothing is fetched, and what can be done."""


class ConnectionLost(Exception):
    """The hub could not be reached, or a connection broke: worth another try. Its text is a sentence that says how."""


@dataclass(frozen=True, slots=True)
class HubFile:
    """One file of a repository. One of the checksums is there: sha256 of the bytes, or the git object's sha1."""

    path: str
    size: int
    sha256: str
    git_sha1: str


@dataclass(frozen=True, slots=True)
class HubModel:
    """A repository at one commit. licence, languages: as its model card says."""

    repo: str
    commit: str
    licence: str
    languages: tuple[str, ...]
    files: tuple[HubFile, ...]


@dataclass(frozen=True, slots=True)
class Start:
    """The answer begins: its first byte is this one of the file."""

    offset: int


def check_endpoint(endpoint: str) -> str:
    """A hub's address without its trailing slash. Raises HubError unless it is https, or http on this machine."""
    endpoint = endpoint.strip().rstrip("/")
    _check_address(endpoint)
    return endpoint


def check_repo(repo: str) -> str:
    """Raises HubError unless it looks like "owner/name"."""
    if not _REPO.fullmatch(repo) or ".." in repo:
        raise HubError(f"“{repo[:80]}” is no model of a hub: give it as owner/name.")
    return repo


def read_model(endpoint: str, repo: str, revision: str) -> Generator[bytes, None, None]:
    """The hub's description of a repository, in pieces, for `parse_model`."""
    url = f"{endpoint}/api/models/{repo}/revision/{quote(revision, safe='')}?blobs=true"
    read = 0
    for piece in _read(url, repo=repo, endpoint=endpoint):
        if isinstance(piece, bytes):
            read += len(piece)
            if read > _MOST_LISTING_BYTES:
                raise HubError(f"The hub's list of the files of {repo} is far too long; nothing is fetched.")
            yield piece


def parse_model(repo: str, description: bytes) -> HubModel:
    """Raises HubError for a description that lacks what a download must be checked against."""
    strange = f"The hub's description of {repo} cannot be understood; nothing is fetched."
    try:
        values: dict[str, Any] = json.loads(description)
        files = tuple(_file(sibling) for sibling in values["siblings"])
        commit = str(values["sha"])
        card = values.get("cardData") or {}
        languages = card.get("language") or ()
        licence = str(card.get("license_name") or card.get("license") or "")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
        raise HubError(strange) from problem
    if not _COMMIT.fullmatch(commit):
        raise HubError(strange)
    if isinstance(languages, str):
        languages = (languages,)
    return HubModel(repo, commit, licence[:80], tuple(str(language)[:40] for language in languages)[:200], files)


def read_file(endpoint: str, repo: str, commit: str, path: str, offset: int) -> Generator[Start | bytes, None, None]:
    """A file's bytes from `offset` on: a Start, then pieces. A hub that cannot go on from there starts at 0.

    Raises ConnectionLost for what another try may cure, HubError for what it cannot.
    """
    return _read(f"{endpoint}/{repo}/resolve/{commit}/{quote(path)}", repo=repo, endpoint=endpoint, offset=offset)


def _file(sibling: dict[str, Any]) -> HubFile:
    lfs = sibling.get("lfs") or {}
    sha256, git_sha1 = str(lfs.get("sha256") or ""), "" if lfs else str(sibling.get("blobId") or "")
    size = lfs.get("size", sibling.get("size"))
    return HubFile(
        path=str(sibling["rfilename"]),
        size=size if isinstance(size, int) and size >= 0 else -1,
        sha256=sha256 if _SHA256.fullmatch(sha256) else "",
        git_sha1=git_sha1 if _COMMIT.fullmatch(git_sha1) else "",
    )


def _read(url: str, *, repo: str, endpoint: str, offset: int = 0) -> Generator[Start | bytes, None, None]:
    headers = {"User-Agent": "palimpsest", "Accept-Encoding": "identity"}
    if offset:
        headers["Range"] = f"bytes={offset}-"
    host = urlsplit(endpoint).hostname
    try:
        with _opener(endpoint).open(urllib.request.Request(url, headers=headers), timeout=TIMEOUT_S) as response:
            yield Start(_first_byte(response))
            while piece := response.read1(BLOCK_BYTES):
                yield piece
    except urllib.error.HTTPError as answer:
        with answer:
            _refuse(answer, repo, endpoint)
    except (OSError, http.client.HTTPException) as problem:
        reason = getattr(problem, "reason", problem)
        if isinstance(reason, ssl.SSLCertVerificationError):
            raise HubError(
                f"{host} does not prove who it is ({reason.verify_message}); nothing is fetched from it."
            ) from problem
        raise ConnectionLost(f"{host} cannot be reached.") from problem


def _first_byte(response: Any) -> int:
    if response.status != 206:
        return 0
    match = re.fullmatch(r"bytes (\d+)-\d+/(?:\d+|\*)", response.headers.get("Content-Range", ""))
    if match is None:
        raise ConnectionLost("The hub sent a piece and did not say which.")
    return int(match[1])


def _refuse(answer: urllib.error.HTTPError, repo: str, endpoint: str) -> NoReturn:
    """What an error status means to the user."""
    code = answer.headers.get("X-Error-Code", "")
    if code == "GatedRepo" or answer.code == 403:
        raise HubError(
            f"{repo} is given only to people with an account who accept its licence: read it at {endpoint}/{repo}. "
            "Download it there and drop the folder here, or choose another model."
        ) from answer
    if answer.code in (401, 404):
        raise HubError(
            f"There is no model {repo} (with this version and file) at {endpoint}, or it needs an account."
        ) from answer
    if answer.code == 416:
        raise ConnectionLost("The hub does not go on from there.") from answer
    if answer.code == 429 or answer.code >= 500:
        raise ConnectionLost(f"The hub is busy ({answer.code}).") from answer
    raise HubError(f"The hub refused {repo} ({answer.code}); nothing was fetched.") from answer


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows a few, and none away from https to this machine or anywhere else."""

    max_redirections = MOST_REDIRECTS

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        try:
            _check_address(newurl, here=urlsplit(req.full_url).scheme == "http")
        except HubError:
            fp.close()
            raise
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener(endpoint: str) -> urllib.request.OpenerDirector:
    """The system's proxies and certificates; for a hub on this machine neither."""
    if urlsplit(endpoint).scheme == "http":
        return urllib.request.build_opener(urllib.request.ProxyHandler({}), _Redirects)
    return urllib.request.build_opener(urllib.request.HTTPSHandler(context=ssl.create_default_context()), _Redirects)


def _check_address(url: str, *, here: bool = True) -> None:
    """Raise HubError unless it is https; with `here`, http to this machine will do."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        parts, host = urlsplit(""), ""
    if host and (parts.scheme == "https" or (here and parts.scheme == "http" and _is_here(host))):
        return
    raise HubError(f"“{url[:80]}” is no https address; nothing is fetched from it.")


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
