"""Asking through the operations, with the echo backend: scopes, what is kept of a stopped answer, versions, previews, exports."""

from __future__ import annotations

import json
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.operations import asking, conversations, forgetting, importing, library, places, reading_rates
from app.operations.answers import Branch
from app.operations.conversation_export import ExportFormat, as_text, export
from app.operations.models import current_model
from app.operations.opening import open_services
from app.operations.results import Quotes
from engine.api import Ask, PreviewAsk
from engine.backends.echo import EchoBackend
from engine.jobs import Failed, Finished, Progress, Text
from storage.conversations import CitationRow, TurnRow
from storage.document import Locator
from storage.errors import StorageError

BOOK = (
    "CHAPTER I\n\nMira Oster keeps the lighthouse at Varn. The bell was called Old Tom.\n\n"
    "CHAPTER II\n\nIn the winter of 1814 the ferryman Jonas Pell drowned. Nobody rang the bell that night.\n"
)
WHO = "Who keeps the lighthouse at Varn?"


@pytest.fixture
def services(tmp_path):
    opened = open_services(tmp_path / "data", echo=True, with_sample=False)
    yield opened
    opened.close()


@pytest.fixture
def book(services, tmp_path):
    path = tmp_path / "lighthouse.txt"
    path.write_text(BOOK, "utf-8")
    (imported,) = [services.run_until_end(importing.import_file(services, path))]
    assert isinstance(imported, Finished), imported
    return library.list_documents(services)[0].document_id


@pytest.fixture
def run(services):
    def run(ticket):
        events = []
        end = services.run_until_end(ticket, events.append)
        assert isinstance(end, Finished), end
        return end.result, events

    return run


@pytest.fixture
def requests(services, monkeypatch):
    """Every request the engine is given."""
    seen = []
    submit = services.engine.submit
    monkeypatch.setattr(
        services.engine, "submit", lambda request, **kw: (seen.append(request), submit(request, **kw))[1]
    )
    return seen


def test_the_book_is_quoted_before_the_first_word_and_the_quotes_are_kept(services, book, run):
    answer, events = run(asking.ask(services, book, WHO))
    kinds = ["quotes" if isinstance(getattr(each, "detail", None), Quotes) else type(each).__name__ for each in events]
    assert kinds.index("quotes") < kinds.index("Text")
    text = library.text(services, book)
    assert answer.quotes and all(text[quote.start : quote.end] == quote.quote for quote in answer.quotes)
    (turn,) = (each.turn for each in conversations.newest(services, book).line)
    assert [quote[2] for quote in turn.stats["quotes"]] == [quote.quote for quote in answer.quotes]
    assert turn.stats["model"] == "echo"


def test_passages_go_to_the_engine_once(services, book, run, requests):
    for question in (WHO, "What was the bell called?"):
        run(asking.ask(services, book, question))
    run(asking.preview(services, book, WHO))
    first, second, third = requests
    assert isinstance(first, Ask) and first.passages
    assert isinstance(second, Ask) and second.passages is None
    assert isinstance(third, PreviewAsk) and third.ask.passages is None


def test_an_engine_that_has_lost_the_passages_is_given_them_with_the_next_question(services, book, run):
    run(asking.ask(services, book, WHO))
    services.handed[book] = services.engine.process_id()
    run(services.submit(services.engine, _drop(book), lane=_interactive(), kind="drop", title=""))
    end = services.run_until_end(asking.ask(services, book, WHO))
    assert isinstance(end, Failed) and "ask again" in end.message
    answer, _ = run(asking.ask(services, book, WHO))
    assert "Mira" in answer.answer


def _drop(document_id):
    from engine.api import DropDocument

    return DropDocument(document_id)


def _interactive():
    from engine.jobs import Lane

    return Lane.INTERACTIVE


def test_a_section_and_a_selection_bound_what_is_read(services, book, run):
    text = library.text(services, book)
    chapter = places.parse_range(services, book, None, "Chapter II")
    answer, _ = run(asking.ask(services, book, "What happened to the bell?", within=chapter))
    assert answer.passages and all(each.start >= chapter.start for each in answer.passages)
    start = text.index("The bell was")
    selection = places.parse_range(services, book, f"{start}:{start + 29}", None)
    answer, _ = run(asking.ask(services, book, "What does this mean?", within=selection))
    assert [each.text for each in answer.passages] == ["The bell was called Old Tom."]
    both, _ = run(asking.ask(services, book, "Who drowned in the winter?", within=chapter, up_to=chapter.start + 20))
    assert "Pell" not in both.answer and not both.citations


@pytest.mark.parametrize("words", ["5:5", "9:3", "x", "1-2", "99999:100000"])
def test_a_stretch_that_is_none_is_a_sentence(services, book, words):
    with pytest.raises(StorageError, match="stretch"):
        places.parse_range(services, book, words, None)
    with pytest.raises(StorageError):
        places.parse_range(services, book, "1:5", "Chapter II")
    with pytest.raises(StorageError):
        places.parse_range(services, book, None, "no such chapter")


@pytest.fixture
def stopped(services, book, monkeypatch):
    """An answer that was stopped after its first words: the pieces that came, and how the job ended."""
    told = threading.Event()
    read = EchoBackend.read

    def wait_before_the_second_word(backend, token_ids, state):
        if len(token_ids) == 1:
            told.wait(10)
        return read(backend, token_ids, state)

    monkeypatch.setattr(EchoBackend, "read", wait_before_the_second_word)
    ticket = asking.ask(services, book, WHO)
    pieces = []
    while True:
        _, event = services.next_event()
        if isinstance(event, Text):
            pieces.append(event.text)
            services.cancel(ticket)
            told.set()
        elif not isinstance(event, Progress):
            return pieces, event


def test_a_stopped_answer_is_kept_and_gone_on_with_in_its_place(services, book, run, stopped):
    pieces, event = stopped
    assert isinstance(event, Finished) and event.result.stopped
    stopped = event.result
    assert stopped.answer == "".join(pieces).rstrip()
    (kept,) = conversations.newest(services, book).line
    assert kept.turn.stats["stopped"] and kept.turn.answer == stopped.answer
    whole, _ = run(asking.ask(services, book, "What was the bell called?"))
    branch = Branch(stopped.conversation_id, stopped.turn_id, continues=True)
    answer, _ = run(asking.ask(services, book, WHO, branch=branch))
    assert answer.answer.startswith(stopped.answer) and len(answer.answer) > len(stopped.answer)
    assert not answer.stopped and answer.citations
    found = conversations.open_conversation(services, answer.conversation_id).line
    assert stopped.turn_id not in {each for turn in found for each in turn.versions}
    conversations.show_version(services, whole.turn_id)


def test_versions_stand_beside_each_other_and_a_new_conversation_alone(services, book, run):
    first, _ = run(asking.ask(services, book, WHO))
    again, _ = run(asking.ask(services, book, WHO, branch=Branch(first.conversation_id, first.turn_id), seed=1))
    (line,) = conversations.newest(services, book).line
    assert line.versions == (first.turn_id, again.turn_id)
    other, _ = run(asking.ask(services, book, WHO, branch=Branch("")))
    assert other.conversation_id != first.conversation_id
    assert [row.turns for row in conversations.find(services, book)] == [1, 2]


def test_an_answer_to_a_removed_conversation_is_not_lost(services, book, run):
    first, _ = run(asking.ask(services, book, WHO))
    branch = Branch(first.conversation_id, first.turn_id)
    conversations.remove_conversation(services, first.conversation_id)
    again, _ = run(asking.ask(services, book, WHO, branch=branch))
    assert [each.turn.turn_id for each in conversations.newest(services, book).line] == [again.turn_id]


def test_a_preview_reads_what_asking_reads_and_tells_the_wait_once_it_is_known(services, book, run):
    told, _ = run(asking.preview(services, book, WHO))
    assert told.passages and told.sections and told.first_word_s is None
    answer, _ = run(asking.ask(services, book, WHO))
    assert told.read_tokens == answer.prompt_tokens and told.passages == len(answer.passages)
    with services.database.read() as session:
        assert reading_rates.rate(session, current_model(services)) > 0
    told, _ = run(asking.preview(services, book, "What was the bell called?"))
    assert told.first_word_s is not None and told.reused_tokens > 0
    nothing, _ = run(asking.preview(services, book, "Voldemort?"))
    assert (nothing.passages, nothing.read_tokens) == (0, 0)


def test_what_stands_around_a_place_holds_it(services, book):
    text = library.text(services, book)
    spans = [(text.index("The bell was"), text.index("The bell was") + 28), (0, 4), (len(text) - 6, len(text))]
    for (start, end), around in conversations.around(services, book, spans).items():
        assert " ".join(text[start:end].split()) in around


def test_conversations_are_forgotten_with_their_document(services, book, run):
    run(asking.ask(services, book, "Is Quillfeather Mackerel the keeper of the lighthouse?"))
    conversation = conversations.newest(services, book).conversation_id
    conversations.rename(services, conversation, "About Quillfeather Mackerel")
    gone, _ = run(forgetting.forget(services, book))
    assert gone.residue == 0
    services.close()
    for path in services.data_dir.rglob("*"):
        if path.is_file():
            assert b"Quillfeather" not in path.read_bytes(), path


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=40)
PLACES = st.lists(
    st.builds(
        lambda quote, section, page: CitationRow(quote, Locator(0, 0, 3, 9, page), section),
        st.from_regex(r"[\w“”*_#]+( [\w“”*_#]+)*", fullmatch=True),
        st.sampled_from(["", "Chapter 4", "第四回"]),
        st.none() | st.just("31"),
    ),
    max_size=3,
)


@given(st.lists(st.tuples(WORDS, WORDS, PLACES), min_size=1, max_size=3), st.data())
def test_every_citation_comes_along_in_every_format(turns, data):
    from datetime import UTC, datetime

    rows = []
    for question, answer, cited in turns:
        marks = [
            [data.draw(st.integers(0, len(answer))), place] for place in range(len(cited)) if data.draw(st.booleans())
        ]
        rows.append(TurnRow("t", "c", question, answer, datetime.now(UTC), tuple(cited), {"marks": marks}))
    for form in ExportFormat:
        text = export("Title", rows, form)
        for row in rows:
            for cited in row.citations:
                assert cited.quote in text or json.dumps(cited.quote, ensure_ascii=False)[1:-1] in text
    for row in rows:
        copied = as_text(row)
        for number, cited in enumerate(row.citations, start=1):
            assert copied.count(f"[{number}]") >= 2
            assert cited.quote in copied
    lines = export("Title", rows, ExportFormat.JSON_LINES).split("\n")[:-1]
    assert [json.loads(line)["question"] for line in lines] == [row.question for row in rows]
