"""A conversation as a tree: versions, branches, removal with undo, searching. Compared with a plain tree of dicts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage import conversation_removal, conversations, schema
from storage.conversations import CitationRow
from storage.database import Database
from storage.document import Document, Locator
from storage.errors import StorageError

CITED = (CitationRow("Anne left", Locator(0, 0, 0, 9), "One"),)


@pytest.fixture
def document_id(put: Callable[..., str], make_document: Callable[..., Document]) -> str:
    return put(make_document(["Anne left.", "Anne came back."]))


def ask(session, document_id, question, *, conversation=None, instead_of=None):
    return conversations.add_turn(
        session,
        document_id,
        question=question,
        answer=f"answer to {question}",
        citations=CITED,
        stats={"n": 1},
        session_id=conversation,
        instead_of=instead_of,
    )


def shown(session, conversation):
    return [each.turn.question for each in conversations.line(session, conversation)]


STEPS = st.lists(
    st.tuples(st.sampled_from(["append", "version", "show", "remove", "undo"]), st.integers(0, 1000)), max_size=14
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_every_line_is_that_of_a_plain_tree(database: Database, document_id: str, steps) -> None:
    parents: dict[str, str | None] = {}  # the plain tree: turn -> the one before, oldest first
    leaf: str | None = None
    undo = None

    def ancestors(turn):
        found = []
        while turn is not None:
            found.insert(0, turn)
            turn = parents[turn]
        return found

    with database.session() as session:
        conversation = conversations.begin_conversation(session, document_id)
        for number, (step, pick) in enumerate(steps):
            some = list(parents)[pick % len(parents)] if parents else None
            if step == "append" or some is None:
                step = "append"
                end = leaf if leaf is not None else (list(parents)[-1] if parents else None)
                made = ask(session, document_id, f"q{number}", conversation=conversation)
                parents[made.turn_id] = end
                leaf = made.turn_id
            elif step == "version":
                made = ask(session, document_id, f"q{number}", conversation=conversation, instead_of=some)
                parents[made.turn_id] = parents[some]
                leaf = made.turn_id
            elif step == "show":
                conversations.show_version(session, some)
                leaf = some
                while followers := [turn for turn, parent in parents.items() if parent == leaf]:
                    leaf = followers[-1]
            elif step == "remove":
                undo = (dict(parents), leaf, conversation_removal.remove_turn(session, some))
                above = parents.pop(some)
                parents = {turn: above if parent == some else parent for turn, parent in parents.items()}
                leaf = above if leaf == some else leaf
            elif undo is not None:
                conversation_removal.put_back(session, undo[2])
                parents, leaf = undo[0], undo[1]
            if step != "remove":
                undo = None
            line = conversations.line(session, conversation)
            end = leaf if leaf is not None else (list(parents)[-1] if parents else None)
            assert [each.turn.turn_id for each in line] == ancestors(end)
            for each in line:
                mine = parents[each.turn.turn_id]
                assert list(each.versions) == [turn for turn, parent in parents.items() if parent == mine]
                assert each.versions[each.version] == each.turn.turn_id
                assert each.turn.citations == CITED


def test_another_version_stands_beside_the_first_and_either_can_be_shown(database: Database, document_id: str) -> None:
    with database.session() as session:
        conversation = conversations.begin_conversation(session, document_id)
        first = ask(session, document_id, "Who?", conversation=conversation)
        ask(session, document_id, "Why?", conversation=conversation)
        again = ask(session, document_id, "Who else?", conversation=conversation, instead_of=first.turn_id)
        (line,) = conversations.line(session, conversation)
        assert (line.turn, line.versions) == (again, (first.turn_id, again.turn_id))
        conversations.show_version(session, first.turn_id)
        assert shown(session, conversation) == ["Who?", "Why?"]


def test_a_branch_is_a_conversation_of_its_own(database: Database, document_id: str) -> None:
    with database.session() as session:
        conversation = conversations.begin_conversation(session, document_id)
        ask(session, document_id, "Who?", conversation=conversation)
        middle = ask(session, document_id, "Why?", conversation=conversation)
        ask(session, document_id, "When?", conversation=conversation)
        branch = conversations.branch_off(session, middle.turn_id)
        ask(session, document_id, "Where?", conversation=branch)
        assert shown(session, branch) == ["Who?", "Why?", "Where?"]
        assert shown(session, conversation) == ["Who?", "Why?", "When?"]
        assert all(each.turn.citations == CITED for each in conversations.line(session, branch))


def test_a_list_of_conversations_is_searched_in_questions_and_answers_without_regard_to_case(
    database: Database, document_id: str
) -> None:
    with database.session() as session:
        first = conversations.begin_conversation(session, document_id)
        ask(session, document_id, "Who is ÉLODIE?", conversation=first)
        second = conversations.begin_conversation(session, document_id)
        ask(session, document_id, "贾宝玉是谁？", conversation=second)
        conversations.begin_conversation(session, document_id)  # nothing was asked in it: it is not shown
        rows = conversations.conversations(session, document_id)
        assert [(row.conversation_id, row.title, row.turns) for row in rows] == [
            (second, "贾宝玉是谁？", 1),
            (first, "Who is ÉLODIE?", 1),
        ]
        for words, found in (
            ("élodie", [first]), ("ANSWER to who", [first]), ("宝玉", [second]), ("100%", []), ("_", []),
        ):  # fmt: skip
            rows = conversations.conversations(session, document_id, search=words)
            assert [row.conversation_id for row in rows] == found, words
            assert all(words.casefold() in row.found.casefold() for row in rows)
        conversations.rename_conversation(session, first, "  The maid\n")
        assert [row.title for row in conversations.conversations(session, document_id, search="maid")] == ["The maid"]


def test_a_removed_conversation_comes_back_whole(database: Database, document_id: str) -> None:
    with database.session() as session:
        conversation = conversations.begin_conversation(session, document_id)
        first = ask(session, document_id, "Who?", conversation=conversation)
        ask(session, document_id, "Why?", conversation=conversation)
        ask(session, document_id, "Who else?", conversation=conversation, instead_of=first.turn_id)
        before = conversations.turns(session, document_id), conversations.line(session, conversation)
        removed = conversation_removal.remove_conversation(session, conversation)
        assert conversations.turns(session, document_id) == []
        with pytest.raises(StorageError):
            conversations.line(session, conversation)
        conversation_removal.put_back(session, removed)
        assert (conversations.turns(session, document_id), conversations.line(session, conversation)) == before


def test_a_conversation_of_thousands_of_turns_falls_with_its_document(database: Database, document_id: str) -> None:
    with database.session() as session:
        conversation = conversations.begin_conversation(session, document_id)
        first = ask(session, document_id, "Who?", conversation=conversation)
        record = session.get_one(schema.Turn, first.turn_id)
        values = {column.key: getattr(record, column.key) for column in schema.Turn.__mapper__.column_attrs}
        before = first.turn_id
        for number in range(1, 1500):
            session.add(schema.Turn(**values | {"id": f"t{number}", "ordinal": number, "parent_id": before}))
            before = f"t{number}"
            session.flush()
        assert len(conversations.rows_of(session, [f"t{number}" for number in range(1, 1500)])) == 1499
    with database.session() as session:
        session.delete(session.get_one(schema.Document, document_id))
    with database.read() as session:
        assert session.get(schema.Turn, "t7") is None
