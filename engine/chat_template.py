"""Chat templates: messages in, the text a chat model was trained to see out.

Knows Jinja, sandboxed: a template comes with a model file and is not trusted. Knows nothing of tokens' ids.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, NoReturn

from jinja2 import Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from engine.errors import ModelError

TEMPLATE_DATE = date(2024, 7, 26)
"""Today, to templates that ask (Llama 3 and its kin; this is their own date where there is no clock). A prompt that was another one
after midnight could not be kept.
"""

PLAIN_TEMPLATE = "{% for message in messages %}{{ message['content'] }}\n\n{% endfor %}"
"""For models without a template: the texts one below the other, as in a book."""


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """role: "system" | "user" | "assistant"."""

    role: str
    content: str


def render_chat(
    template: str,
    messages: Sequence[ChatMessage],
    *,
    special_tokens: dict[str, str],
    add_generation_prompt: bool = True,
) -> str:
    """The prompt's text, special tokens written out.

    special_tokens: `bos_token`, `eos_token`, ... as the template knows them. A template that refuses a system message
    (Gemma, early Mistral) gets it at the head of the first user message. Raises ModelError when the template
    cannot be used.
    """
    dialogue = [{"role": message.role, "content": message.content} for message in messages]
    try:
        return _render(template, dialogue, special_tokens, add_generation_prompt)
    except TemplateError as problem:
        if not (len(dialogue) > 1 and dialogue[0]["role"] == "system"):
            raise ModelError("This model's chat template cannot be used; choose another model.") from problem
    system, first, *rest = dialogue
    joined = {"role": first["role"], "content": f"{system['content']}\n\n{first['content']}"}
    try:
        return _render(template, [joined, *rest], special_tokens, add_generation_prompt)
    except TemplateError as problem:
        raise ModelError("This model's chat template cannot be used; choose another model.") from problem


def defuse(text: str, special_tokens: Iterable[str]) -> str:
    """Text in which no special token can be read: `<|im_end|>` becomes `< |im_end|>`.

    A book or a chat export that quotes such a token must not be able to end the user's turn.
    """
    tokens = sorted((token for token in special_tokens if token), key=len, reverse=True)
    if not tokens:
        return text
    found = re.compile("|".join(re.escape(token) for token in tokens))
    while found.search(text):  # once is enough but for tokens that hold one another
        text = found.sub(lambda match: f"{match[0][0]} {match[0][1:]}", text)
    return text


def _render(
    template: str, messages: list[dict[str, str]], special_tokens: dict[str, str], add_generation_prompt: bool
) -> str:
    return _compile(template).render(
        messages=messages, add_generation_prompt=add_generation_prompt, tools=None, documents=None, **special_tokens
    )


@lru_cache(maxsize=8)
def _compile(template: str) -> Template:
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"], autoescape=False
    )
    environment.filters["tojson"] = lambda value, **options: json.dumps(value, ensure_ascii=False, **options)
    environment.globals["raise_exception"] = _refuse
    environment.globals["strftime_now"] = TEMPLATE_DATE.strftime
    return environment.from_string(template)


def _refuse(message: Any) -> NoReturn:
    raise TemplateError(str(message))
