"""Markdown files."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.document import Document
from storage.readers.markdown import read_inline

Read = Callable[..., Document]


def blocks(document: Document) -> list[tuple[str, str]]:
    return [(block.kind.value, block.text) for section in document.sections for block in section.blocks]


def test_structure_of_a_whole_file(read_here: Read) -> None:
    text = """---
title: "The Road"
author: Ann Author
lang: en
---
<!-- gone -->
front
matter

# One #
A *line* and
another[^n].

Sub
---
> quoted
> words

- first
  goes on
- second
1. third

```py
x = 1

# not a heading
```

    indented

| a | b |
|---|:-:|
| 1 | `2|` |

***

[ref]: http://x "y"
[^n]: the note
    goes on

## Two
end  
of line
"""
    document = read_here(text, "x.md")
    assert (document.title, document.author, document.language, document.format) == (
        "The Road",
        "Ann Author",
        "en",
        "md",
    )
    assert [(section.title, section.level) for section in document.sections] == [
        ("The Road", 1), ("One", 1), ("Sub", 2), ("Two", 2),
    ]  # fmt: skip
    assert blocks(document) == [
        ("paragraph", "front matter"),
        ("heading", "One"),
        ("paragraph", "A line and another[n]."),
        ("heading", "Sub"),
        ("quote", "quoted words"),
        ("list_item", "first goes on"),
        ("list_item", "second"),
        ("list_item", "1. third"),
        ("code", "x = 1"),
        ("code", "# not a heading"),
        ("code", "indented"),
        ("table", "a | b\n1 | `2 | `"),
        ("heading", "Two"),
        ("paragraph", "end\nof line"),
        ("footnote", "[n] the note goes on"),
    ]


@pytest.mark.parametrize(
    ("source", "text", "marked"),
    [
        ("a *b* c", "a b c", [("b", "em")]),
        ("**b** _c_", "b c", [("b", "strong"), ("c", "em")]),
        ("*a **b** c*", "a b c", [("a b c", "em"), ("b", "strong")]),
        ("2 * 3 * 4", "2 * 3 * 4", []),
        ("snake_case_name", "snake_case_name", []),
        ("*open", "*open", []),
        (r"\*not\*", "*not*", []),
        ("`*code*`", "*code*", []),
        ("[words](http://x) ![pic](y.png)", "words pic", []),
        ("[**bold** link](x)", "bold link", []),
        ("<http://a.b> x<br>y <b>z</b>", "http://a.b x\ny z", []),
        ("&amp; &copy;", "& ©", []),
        ("1 < 2 and [x]", "1 < 2 and [x]", []),
    ],
)
def test_inline(source: str, text: str, marked: list[tuple[str, str]]) -> None:
    plain, marks = read_inline(source)
    assert plain == text
    assert [(plain[mark.start : mark.end], mark.style) for mark in marks] == marked


@given(st.text(alphabet="a *_`[]()!\\<>&;b\n", max_size=60))
def test_inline_marks_lie_within_the_words(source: str) -> None:
    plain, marks = read_inline(source)
    assert all(0 <= mark.start < mark.end <= len(plain) for mark in marks)


def test_thousands_of_unclosed_signs_take_no_time(read_here: Read) -> None:
    assert read_here("*a " * 20_000 + "[" * 20_000 + "`" * 20_001 + "<a" * 20_000, "x.md").text
