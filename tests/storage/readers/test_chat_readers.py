"""ChatGPT exports and SillyTavern chats."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from storage.document import BlockKind, Document
from storage.errors import ReaderError

Make = Callable[..., Path]
Read = Callable[..., Document]


def node(name: str, parent: str | None, role: str, *parts: object, **message: Any) -> dict[str, Any]:
    content = {"content_type": "text", "parts": list(parts)}
    return {name: {"id": name, "parent": parent, "message": {"author": {"role": role}, "content": content, **message}}}


def conversation(
    title: str, *nodes: dict[str, Any], current: str | None = None, created: float = 1.0
) -> dict[str, Any]:
    mapping: dict[str, Any] = {"root": {"id": "root", "message": None, "parent": None}}
    for each in nodes:
        mapping.update(each)
    return {"title": title, "create_time": created, "mapping": mapping, "current_node": current}


BRANCHED = conversation(
    "Rain",
    node("a", "root", "system", "be nice", metadata={"is_visually_hidden_from_conversation": True}),
    node("b", "a", "user", "Why?\n\nReally, why?"),
    node("c1", "b", "assistant", "Old answer"),
    node("c2", "b", "assistant", "print(1)", recipient="python"),
    node("d", "c2", "tool", "1"),
    node("e", "d", "assistant", "Because.\ue200cite\ue202turn0\ue201", {"content_type": "image_asset_pointer"}),
    current="e",
)


def test_the_path_up_from_the_current_node_is_what_was_said(read_here: Read) -> None:
    document = read_here(json.dumps([BRANCHED]), "conversations.json")
    (section,) = document.sections
    assert (document.title, section.title, document.format) == ("Rain", "Rain", "chatgpt")
    assert [(block.speaker, block.text) for block in section.blocks] == [
        ("User", "Why?"), ("User", "Really, why?"), ("ChatGPT", "Because."),
    ]  # fmt: skip
    assert all(block.kind is BlockKind.MESSAGE for block in section.blocks)
    assert sorted(document.warnings) == [
        "1 attachment was left out.",
        "1 message on another branch was left out.",
        "1 system message was left out.",
        "1 tool call was left out.",
        "1 tool message was left out.",
    ]


def test_without_a_current_node_the_newest_leaf_counts(read_here: Read) -> None:
    chat = conversation(
        "x", node("a", "root", "user", "hi", create_time=1), node("b", "a", "assistant", "old", create_time=2),
        node("c", "a", "assistant", "new", create_time=3),
    )  # fmt: skip
    del chat["current_node"]
    assert read_here(json.dumps([chat]), "c.json").text == "hi\n\nnew"


def test_a_circle_of_parents_ends(read_here: Read) -> None:
    chat = conversation("x", node("a", "b", "user", "hi"), node("b", "a", "assistant", "ho"), current="b")
    assert read_here(json.dumps([chat]), "c.json").text == "hi\n\nho"


def test_shards_in_a_zip_are_one_document_oldest_first(make_zip: Make, read_here: Read) -> None:
    shards = {
        f"conversations-00{i}.json": json.dumps(
            [conversation(f"t{i}", node("a", "root", "user", f"m{i}"), current="a", created=9.0 - i)]
        )
        for i in range(3)
    }
    document = read_here(make_zip("export.zip", {**shards, "user.json": "{}", "export_manifest.json": "{}"}))
    assert [section.title for section in document.sections] == ["t2", "t1", "t0"]
    assert document.title == "ChatGPT conversations"


@pytest.mark.parametrize(
    "damage",
    [
        {"mapping": {"a": None}},
        {"mapping": {"a": {"message": 3}}},
        {"mapping": []},
        {"mapping": {}},
        7,
        None,
        {"mapping": {"a": {"message": {"author": None, "content": None}}}},
    ],
)
def test_odd_conversations_are_passed_over(read_here: Read, damage: object) -> None:
    good = conversation("x", node("a", "root", "user", "hi"), current="a")
    assert read_here(json.dumps([good, damage]), "c.json").text == "hi"


def test_json_as_deep_as_a_well_is_refused(read_here: Read) -> None:
    with pytest.raises(ReaderError, match="deeply"):
        read_here('{"mapping":' + "[" * 100_000 + "]" * 100_000 + "}", "c.json")


def test_json_cut_off_is_refused(read_here: Read) -> None:
    with pytest.raises(ReaderError, match="not complete"):
        read_here(json.dumps([BRANCHED])[:-40], "c.json")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('{"spec": "chara_card_v2", "data": {}}', "character card"),
        ('[{"uuid": "1", "chat_messages": []}]', "Claude"),
        ('{"messages": [{"date_unixtime": "1"}]}', "Telegram"),
    ],
)
def test_other_exports_are_named(read_here: Read, content: str, says: str) -> None:
    with pytest.raises(ReaderError, match=says):
        read_here(content, "x.json")


CHAT: list[dict[str, Any]] = [
    {"user_name": "unused", "character_name": "unused", "create_date": "2024-9-28@01h02m36s", "chat_metadata": {}},
    {"name": "Seraphina", "is_user": False, "mes": "Hello.\n\n*waves*", "swipes": ["Hello.", "Go away."]},
    {"name": "Tom", "is_user": True, "mes": "我在哪里？"},
    {"name": "System", "is_user": False, "is_system": True, "mes": "secret"},
    {"name": "Seraphina", "mes": {"message": "In Eldoria."}},
]


def test_a_sillytavern_chat(read_here: Read) -> None:
    document = read_here("\n".join(json.dumps(line, ensure_ascii=False) for line in CHAT), "chat.jsonl")
    assert (document.title, document.format) == ("Seraphina, 2024-9-28", "sillytavern")
    assert [(block.speaker, block.text) for block in document.sections[0].blocks] == [
        ("Seraphina", "Hello."), ("Seraphina", "*waves*"), ("Tom", "我在哪里？"), ("Seraphina", "In Eldoria."),
    ]  # fmt: skip
    assert document.warnings == ("1 hidden message was left out.",)


def test_a_chat_cut_off_in_the_middle_keeps_its_lines(read_here: Read) -> None:
    text = "\n".join(json.dumps(line) for line in CHAT)[:-10]
    document = read_here(text, "chat.jsonl")
    assert "Hello." in document.text
    assert "1 damaged line was left out." in document.warnings
