"""What a gist encoder is trained on, and what is kept from it.

Knows files of prompts, strings and token ids. Knows no tensors and no model. The n-th draft of a corpus is the same whenever it is
asked for, so that a training run can be taken up anywhere.

Files: JSON lines `{"prompt", "completion"}` (`<|endoftext|>` at the end is dropped); a JSON list of `{"instruction", "input",
"output"}` (Alpaca's format); plain text, from which stretches are taken. A folder stands for its files. Beside them, always: the
prompts of `engine.methods.gist.prompt_maker`.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from engine.chat_template import ChatMessage
from engine.errors import EngineError
from engine.generation import shared_prefix
from engine.methods.gist.prompt_maker import make_prompts
from engine.tokenization import Tokenizer

HELD_OUT_EVERY = 8
MAX_FILE_BYTES = 512 * 1024**2
MAX_KEPT_SHARE = 0.25
"""At most this share of a prompt's tokens stays readable beside the gist."""
_GO_ON = ("Go on.", "Please continue the story.", "What happens next?", "Write the next paragraph.")


@dataclass(frozen=True, slots=True)
class Draft:
    """A prompt, what comes before the reply, and the reply; None for `reply_ids`: the model that reads the prompt writes it.

    is_gold: the reply is somebody's answer and not merely the text that follows.
    """

    prompt_ids: Sequence[int]
    begun_ids: Sequence[int]
    reply_ids: Sequence[int] | None
    is_gold: bool
    kept_places: Sequence[int]


@dataclass(frozen=True, slots=True)
class Example:
    """A prompt and what follows it. scored_from: the first token of the continuation whose prediction counts, at least 1.

    kept_places: places in the prompt that stay readable beside the gist, rising.
    """

    prompt_ids: Sequence[int]
    continuation_ids: Sequence[int]
    scored_from: int
    is_gold: bool
    kept_places: Sequence[int]

    @staticmethod
    def of(draft: Draft, reply_ids: Sequence[int]) -> Example:
        scored_from = max(1, len(draft.begun_ids))
        return Example(draft.prompt_ids, [*draft.begun_ids, *reply_ids], scored_from, draft.is_gold, draft.kept_places)


@dataclass(frozen=True, slots=True)
class Lengths:
    """Bounds in tokens: of a prompt, of what comes between it and the reply, and of the reply."""

    prompt: int
    begun: int
    reply: int


class Source(Protocol):
    """Where drafts come from."""

    def draft(self, draw: random.Random, tokenizer: Tokenizer, lengths: Lengths) -> Draft | None:
        """One at random; None when what was drawn does not fit."""
        ...


class MadePrompts:
    """The prompts that come with Palimpsest; their replies are the model's own."""

    def draft(self, draw: random.Random, tokenizer: Tokenizer, lengths: Lengths) -> Draft | None:
        made = next(iter(make_prompts(draw.getrandbits(48))))
        prompt_ids, begun_ids = split_chat(tokenizer, made.prompt, made.message)
        return _draft(draw, tokenizer, lengths, prompt_ids, begun_ids, None, is_gold=False)


class PairSource:
    """Prompts with answers, as instructions to a chat model or as its user's words."""

    def __init__(self, pairs: Sequence[tuple[str, str, str]]) -> None:
        """pairs: instruction, input ("" for none), output."""
        self._pairs = pairs

    def draft(self, draw: random.Random, tokenizer: Tokenizer, lengths: Lengths) -> Draft | None:
        instruction, given, output = draw.choice(self._pairs)
        if given or draw.random() < 0.5:
            prompt_ids, begun_ids = split_chat(tokenizer, instruction, given or "Please answer.")
        else:
            prompt_ids, begun_ids = split_chat(tokenizer, "", instruction, behind="user")
        reply_ids = [*tokenizer.encode(output), *sorted(tokenizer.eos_ids)[-1:]]
        return _draft(draw, tokenizer, lengths, prompt_ids, begun_ids, reply_ids, is_gold=True)


class ProseSource:
    """Stretches of texts and what comes after them, bare or as a document that is to be gone on with."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts

    def draft(self, draw: random.Random, tokenizer: Tokenizer, lengths: Lengths) -> Draft | None:
        characters = 6 * (lengths.prompt + lengths.reply)
        text = draw.choice(self._texts)
        start = draw.randrange(max(1, len(text) - characters))
        stretch = text[start : start + characters]
        stretch = stretch[stretch.find(" ") + 1 :]
        ids = tokenizer.encode(stretch)
        length = draw.randint(16, lengths.prompt - 16)
        read, follows = ids[:length], ids[length : length + lengths.reply]
        if len(follows) < 8:
            return None
        if draw.random() < 0.5:
            prompt_ids, begun_ids = split_chat(tokenizer, tokenizer.decode(read), draw.choice(_GO_ON))
            return _draft(draw, tokenizer, lengths, prompt_ids, begun_ids, follows, is_gold=False)
        return _draft(draw, tokenizer, lengths, [*tokenizer.bos_ids, *read], [], follows, is_gold=False)


@dataclass(frozen=True, slots=True)
class Corpus:
    """trained: each draft comes from any of them with equal chances; held_out: never trained on."""

    trained: Sequence[Source]
    held_out: Sequence[Source]

    def drafts(
        self, name: str, count: int, tokenizer: Tokenizer, lengths: Lengths, *, held_out: bool = False
    ) -> list[Draft]:
        """So many drafts, shortest prompts first; the same for the same name.

        Raises EngineError when the sources hold too little that fits.
        """
        draw = random.Random(name)
        sources = self.held_out if held_out else self.trained
        found: list[Draft] = []
        for _ in range(32 * count):
            draft = draw.choice(sources).draft(draw, tokenizer, lengths)
            if draft is not None:
                found.append(draft)
            if len(found) == count:
                return sorted(found, key=lambda each: len(each.prompt_ids))
        raise EngineError("The files hold too few prompts of a fitting length to train on.")


def load_corpus(paths: Sequence[Path]) -> Corpus:
    """Raises EngineError for a file that cannot be read or holds no prompts."""
    trained, held_out = _Gathered(), _Gathered()
    for path in paths:
        files = sorted(
            each for each in path.rglob("*") if each.suffix in {".json", ".jsonl", ".txt"} and each.is_file()
        )
        names = {each.name for each in files}
        for file in files or [path]:
            share = 1 / HELD_OUT_EVERY
            if len(names) >= HELD_OUT_EVERY:  # whole files are kept: other templates, other authors
                share = float(is_held_out(file.name, names))
            if file.suffix == ".txt":
                text = _read(file)
                cut = round(len(text) * (1 - share))
                trained.texts += [text[:cut]] if cut else []
                held_out.texts += [text[cut:]] if cut < len(text) else []
            else:
                pairs = _pairs(file)
                cut = round(len(pairs) * (1 - share))
                trained.pairs += pairs[:cut]
                held_out.pairs += pairs[cut:]
    return Corpus(trained.sources(), held_out.sources())


@dataclass(slots=True)
class _Gathered:
    pairs: list[tuple[str, str, str]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def sources(self) -> list[Source]:
        found: list[Source] = [MadePrompts()]
        return (
            found + ([PairSource(self.pairs)] if self.pairs else []) + ([ProseSource(self.texts)] if self.texts else [])
        )


def is_held_out(name: str, names: Iterable[str]) -> bool:
    """Whether a file of prompts is kept for evaluation: of the sorted names, every 8th is. name must be one of `names`."""
    return sorted(set(names)).index(name) % HELD_OUT_EVERY == HELD_OUT_EVERY - 1


def split_chat(
    tokenizer: Tokenizer, system: str, message: str, *, behind: str = "system"
) -> tuple[list[int], list[int]]:
    """Token ids of a chat's beginning, and of what comes behind it, up to where the reply begins.

    The beginning ends behind the system message, or behind the user's (behind: "system" | "user").
    """
    messages = [ChatMessage("system", system), ChatMessage("user", message)][not system :]
    ids = tokenizer.encode_chat(messages)
    if behind == "user":
        other = tokenizer.encode_chat(messages, add_generation_prompt=False)
    else:
        other = tokenizer.encode_chat([messages[0], ChatMessage("user", f"{chr(ord(message[0]) ^ 1)}")])
    place = shared_prefix(other, ids)
    return ids[:place], ids[place:]


def _draft(
    draw: random.Random,
    tokenizer: Tokenizer,
    lengths: Lengths,
    prompt_ids: Sequence[int],
    begun_ids: Sequence[int],
    reply_ids: Sequence[int] | None,
    *,
    is_gold: bool,
) -> Draft | None:
    if not 8 <= len(prompt_ids) <= lengths.prompt or len(begun_ids) > lengths.begun:
        return None
    reply_ids = None if reply_ids is None else reply_ids[: lengths.reply]
    return Draft(prompt_ids, begun_ids, reply_ids, is_gold, _kept_places(draw, tokenizer, prompt_ids))


def _kept_places(draw: random.Random, tokenizer: Tokenizer, prompt_ids: Sequence[int]) -> list[int]:
    """In half of the examples some of the tokens that could be names or numbers, so that the gist learns to stand beside them."""
    if draw.random() < 0.5:
        return []
    share = draw.random()
    able = [place for place, token in enumerate(prompt_ids) if place and _is_telling(tokenizer.token_bytes(token))]
    kept = [place for place in able if draw.random() < share]
    most = int(MAX_KEPT_SHARE * len(prompt_ids))
    return sorted(draw.sample(kept, most)) if len(kept) > most else kept


def _is_telling(spelled: bytes) -> bool:
    text = spelled.decode("utf-8", "ignore").strip()
    return text[:1].isupper() or text[:1].isdigit()


def _pairs(file: Path) -> list[tuple[str, str, str]]:
    text = _read(file)
    try:
        records = (
            [json.loads(line) for line in text.splitlines() if line.strip()]
            if file.suffix == ".jsonl"
            else json.loads(text)
        )
        return [_pair(record) for record in records]
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise EngineError(
            f"{file.name} holds no prompts that can be trained on: JSON lines with prompt and completion are needed, "
            "or a JSON list with instruction, input and output."
        ) from problem


def _pair(record: dict[str, Any]) -> tuple[str, str, str]:
    if "prompt" in record:
        return record["prompt"].strip(), "", record["completion"].removesuffix("<|endoftext|>").strip()
    return record["instruction"].strip(), record.get("input", "").strip(), record["output"].strip()


def _read(file: Path) -> str:
    try:
        if file.stat().st_size > MAX_FILE_BYTES:
            raise EngineError(f"{file.name} is larger than {MAX_FILE_BYTES // 1024**2} MB; split it.")
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise EngineError(f"{file.name} cannot be read as UTF-8 text.") from problem
