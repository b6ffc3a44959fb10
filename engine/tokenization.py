"""Text into token ids and back, and chat messages into a prompt. Imports no torch.

Knows one folder's tokenizer.json and chat template. Text is always only text: a special token quoted in it is spelt
out, so that no book can end the user's turn; special tokens enter by the chat template and `bos_ids` alone.
Decoding goes by bytes, so that a stream of tokens and the whole of them give the same text (`engine.detokenization`).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from tokenizers import Tokenizer as FastTokenizer

from engine.chat_template import PLAIN_TEMPLATE, ChatMessage, defuse, render_chat
from engine.errors import ModelError
from engine.foreign import foreign_parser

_BYTE_TOKEN = re.compile(r"<0x([0-9A-Fa-f]{2})>")
_ECHO_PIECE = re.compile(r"\s*(?:[぀-鿿가-힯]|[^\s぀-鿿가-힯]+)|\s+")


@dataclass(frozen=True, slots=True)
class Encoded:
    """offsets: for each token the character range of the text it stands for."""

    ids: list[int]
    offsets: list[tuple[int, int]]


class Tokenizer(Protocol):
    """What every backend offers as `tokenizer`."""

    @property
    def bos_ids(self) -> tuple[int, ...]:
        """What a text begins with for this model: one id, or none."""
        ...

    @property
    def eos_ids(self) -> frozenset[int]:
        """Tokens that end an answer."""
        ...

    @property
    def vocabulary_size(self) -> int: ...

    def encode(self, text: str) -> list[int]:
        """Plain text to ids; no special token comes of it."""
        ...

    def encode_with_offsets(self, text: str) -> Encoded: ...

    def encode_chat(self, messages: Sequence[ChatMessage], *, add_generation_prompt: bool = True) -> list[int]:
        """The whole prompt as the model was trained to see it, up to where the answer begins."""
        ...

    def token_bytes(self, token_id: int) -> bytes:
        """What a token adds to the text, as UTF-8; b"" for special tokens."""
        ...

    def decode(self, ids: Sequence[int]) -> str:
        """The text of the ids. Bytes that are no UTF-8 become U+FFFD."""
        ...

    def without_first_space(self, spelled: bytes) -> bytes:
        """The bytes of a text's beginning without a space that the tokenizer put there."""
        ...


class FolderTokenizer:
    """The tokenizer of a prepared model folder. Raises ModelError when the folder's files cannot be read.

    sha256: of the tokenizer's files. template_sha256: of the chat template. Prompt states carry both.
    """

    def __init__(self, folder: Path) -> None:
        path = folder / "tokenizer.json"
        if not path.is_file():
            raise ModelError(f"The model in {folder} has no tokenizer.json; remove it and add it again.")
        with foreign_parser(f"{path} cannot be read; remove the model and add it again."):
            spelled = path.read_text("utf-8")
            self._template_mode = FastTokenizer.from_str(spelled)
            self._plain = FastTokenizer.from_str(spelled)
            self._plain.encode_special_tokens = True
            description = json.loads(spelled)
        decoders = _kinds(description.get("decoder"))
        self._byte_level = "ByteLevel" in decoders or "ByteLevel" in _kinds(description.get("pre_tokenizer"))
        self._strips_first_space = not self._byte_level and bool(decoders & {"Strip", "Metaspace"})
        added = self._plain.get_added_tokens_decoder()
        self._added = {token_id: token.content for token_id, token in added.items()}
        self._special = frozenset(token_id for token_id, token in added.items() if token.special)
        self._special_texts = tuple(self._added[token_id] for token_id in self._special)
        self._bytes: dict[int, bytes] = {}
        settings = _read_json(folder / "tokenizer_config.json")
        self._named_tokens = {name: _content(settings[name]) for name in settings if name.endswith("_token")}
        template = folder / "chat_template.jinja"
        self._template = template.read_text("utf-8") if template.is_file() else PLAIN_TEMPLATE
        self.sha256 = _sha256(spelled, json.dumps(settings, sort_keys=True))
        self.template_sha256 = _sha256(self._template)
        self.bos_ids = self._find_bos()
        self.eos_ids = self._find_eos(folder)

    @property
    def vocabulary_size(self) -> int:
        return int(self._plain.get_vocab_size(with_added_tokens=True))

    def encode(self, text: str) -> list[int]:
        ids: list[int] = self._plain.encode(text, add_special_tokens=False).ids
        return ids

    def count(self, text: str) -> int:
        """How many tokens `encode` makes of a text."""
        # A batch, even of one, is encoded without holding Python's lock: a window stays awake while a book is counted.
        return len(self._plain.encode_batch_fast([text], add_special_tokens=False)[0])

    def encode_with_offsets(self, text: str) -> Encoded:
        (encoding,) = self._plain.encode_batch([text], add_special_tokens=False)  # other threads go on meanwhile
        return Encoded(encoding.ids, encoding.offsets)

    def encode_chat(self, messages: Sequence[ChatMessage], *, add_generation_prompt: bool = True) -> list[int]:
        safe = [ChatMessage(message.role, defuse(message.content, self._special_texts)) for message in messages]
        text = render_chat(
            self._template, safe, special_tokens=self._named_tokens, add_generation_prompt=add_generation_prompt
        )
        ids: list[int] = self._template_mode.encode(text, add_special_tokens=False).ids
        return ids if self._template != PLAIN_TEMPLATE else [*self.bos_ids, *ids]

    def token_bytes(self, token_id: int) -> bytes:
        found = self._bytes.get(token_id)
        if found is None:
            found = self._bytes[token_id] = self._spell(token_id)
        return found

    def decode(self, ids: Sequence[int]) -> str:
        spelled = b"".join(self.token_bytes(token_id) for token_id in ids)
        return self.without_first_space(spelled).decode("utf-8", "replace")

    def without_first_space(self, spelled: bytes) -> bytes:
        """Tokenizers of the SentencePiece kind write a space before the first word; it is not part of the text."""
        return spelled.removeprefix(b" ") if self._strips_first_space else spelled

    def _spell(self, token_id: int) -> bytes:
        if token_id in self._special:
            return b""
        if token_id in self._added:
            return self._added[token_id].encode()
        token = self._plain.id_to_token(token_id)
        if token is None:  # the model's vocabulary is padded beyond the tokenizer's
            return b""
        if self._byte_level:
            table = _byte_of_character()
            return b"".join(bytes([table[c]]) if c in table else c.encode() for c in token)
        if match := _BYTE_TOKEN.fullmatch(token):
            return bytes([int(match[1], 16)])
        return bytes(token.replace("▁", " ").encode())

    def _find_bos(self) -> tuple[int, ...]:
        with_special: list[int] = self._template_mode.encode("a").ids
        bos: int | None = self._template_mode.token_to_id(self._named_tokens.get("bos_token", ""))
        return (bos,) if bos is not None and with_special[:1] == [bos] else ()

    def _find_eos(self, folder: Path) -> frozenset[int]:
        """Every id that ends an answer: the configs' and the one the chat template writes after a finished answer."""
        ids: set[int] = set()
        for file in ("config.json", "generation_config.json"):
            value = _read_json(folder / file).get("eos_token_id")
            ids.update(number for number in (value if isinstance(value, list) else [value]) if isinstance(number, int))
        named = self._plain.token_to_id(self._named_tokens.get("eos_token", ""))
        if named is not None:
            ids.add(named)
        if self._template != PLAIN_TEMPLATE:
            marker = "qzx"
            dialogue = [ChatMessage("user", "a"), ChatMessage("assistant", marker)]
            text = render_chat(self._template, dialogue, special_tokens=self._named_tokens, add_generation_prompt=False)
            after = self._template_mode.encode(text.rpartition(marker)[2], add_special_tokens=False).ids
            ids.update(token_id for token_id in after[:1] if token_id in self._special)
        return frozenset(ids)


class EchoTokenizer:
    """Words with the white space before them, CJK characters one by one; an id is given to each piece when first
    seen.
    """

    USER, ASSISTANT, END = 0, 1, 2

    def __init__(self) -> None:
        self.bos_ids: tuple[int, ...] = ()
        self.eos_ids = frozenset({self.END})
        self._pieces = ["", "", ""]
        self._ids: dict[str, int] = {}

    @property
    def vocabulary_size(self) -> int:
        return len(self._pieces)

    def encode(self, text: str) -> list[int]:
        return self.encode_with_offsets(text).ids

    def encode_with_offsets(self, text: str) -> Encoded:
        matches = list(_ECHO_PIECE.finditer(text))
        return Encoded([self._intern(match[0]) for match in matches], [match.span() for match in matches])

    def encode_chat(self, messages: Sequence[ChatMessage], *, add_generation_prompt: bool = True) -> list[int]:
        ids: list[int] = []
        for message in messages:
            role = self.ASSISTANT if message.role == "assistant" else self.USER
            ids += [role, *self.encode(message.content), self.END]
        return [*ids, self.ASSISTANT] if add_generation_prompt else ids

    def token_bytes(self, token_id: int) -> bytes:
        return self._pieces[token_id].encode("utf-8", "replace")

    def decode(self, ids: Sequence[int]) -> str:
        return b"".join(self.token_bytes(token_id) for token_id in ids).decode("utf-8", "replace")

    def decode_turns(self, ids: Sequence[int]) -> list[str]:
        """The texts between the marks that begin and end a turn."""
        turns: list[list[int]] = [[]]
        for token_id in ids:
            if token_id in (self.USER, self.ASSISTANT, self.END):
                turns.append([])
            else:
                turns[-1].append(token_id)
        return [self.decode(turn) for turn in turns if turn]

    def without_first_space(self, spelled: bytes) -> bytes:
        return spelled

    def _intern(self, piece: str) -> int:
        if piece not in self._ids:
            self._ids[piece] = len(self._pieces)
            self._pieces.append(piece)
        return self._ids[piece]


def folder_tokenizer(folder: Path) -> FolderTokenizer:
    """The tokenizer of a prepared model folder, for those who need no model; kept until the folder holds another. Any thread."""
    path = folder / "tokenizer.json"
    return _kept_tokenizer(folder, path.stat().st_mtime_ns if path.is_file() else 0)


@lru_cache(maxsize=2)
def _kept_tokenizer(folder: Path, written_ns: int) -> FolderTokenizer:
    return FolderTokenizer(folder)


def count_tokens(folder: Path | None, text: str) -> int:
    """How many tokens a text is for a model; folder None is the echo backend. Safe on any thread."""
    if folder is None:
        return sum(1 for _ in _ECHO_PIECE.finditer(text))
    return folder_tokenizer(folder).count(text)


@lru_cache(maxsize=1)
def _byte_of_character() -> dict[str, int]:
    """GPT-2's printable stand-ins for bytes: printable Latin-1 stands for itself, the rest is moved up to U+0100."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    table = {chr(byte): byte for byte in printable}
    moved = (byte for byte in range(256) if byte not in printable)
    return table | {chr(0x100 + place): byte for place, byte in enumerate(moved)}


def _kinds(part: Any) -> frozenset[str]:
    """Every "type" within a piece of tokenizer.json."""
    if isinstance(part, dict):
        inner = frozenset().union(*(_kinds(value) for value in part.values()))
        return inner | {part["type"]} if isinstance(part.get("type"), str) else inner
    if isinstance(part, list):
        return frozenset().union(*(_kinds(value) for value in part))
    return frozenset()


def _content(token: Any) -> str:
    """A special token's text: tokenizer_config.json holds a string, an object with "content", or null."""
    return str(token.get("content", "")) if isinstance(token, dict) else str(token or "")


def _sha256(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def _read_json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as problem:
        raise ModelError(f"{path} cannot be read; remove the model and add it again.") from problem
    return value if isinstance(value, dict) else {}
