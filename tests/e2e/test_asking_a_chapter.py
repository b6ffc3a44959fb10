"""A chapter of a real novel and the real model: asked about, stopped while the model reads, gone on with, answered again."""

from __future__ import annotations

import pytest

from app.operations import asking, conversations, importing, library
from app.operations.answers import Branch
from app.operations.opening import open_services
from app.operations.results import Quotes, Within
from engine.errors import ModelError
from engine.jobs import Finished, Progress, Text
from engine.loading import embedded_model

pytestmark = [pytest.mark.model, pytest.mark.data]

NOVEL = "novels_gutenberg_long/108-0.txt"  # The Return of Sherlock Holmes
QUESTION = "What did Colonel Moran shoot with?"


@pytest.fixture(scope="module")
def services(tmp_path_factory, shared_data):
    try:
        embedded_model()
    except ModelError as problem:
        pytest.fail(str(problem))
    opened = open_services(tmp_path_factory.mktemp("data"), with_sample=False)
    end = opened.run_until_end(importing.import_file(opened, shared_data / NOVEL))
    assert isinstance(end, Finished), end
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def book(services):
    return library.list_documents(services)[0].document_id


@pytest.fixture(scope="module")
def chapter(services, book):
    """The adventure of the empty house, the first story of the book that is longer than a table of contents."""
    found = next(
        each
        for each in library.outline(services, book)
        if "EMPTY HOUSE" in each.title.upper() and each.end - each.start > 9000
    )
    return Within(found.start, found.end, found.title)


def test_a_chapter_is_asked_about_stopped_and_answered_again(services, book, chapter):
    text = library.text(services, book)
    ticket = asking.ask(services, book, QUESTION, within=chapter, max_new_tokens=24)
    seen = []
    while True:
        _, event = services.next_event()
        seen.append(event)
        if isinstance(event, Progress) and event.stage == "Reading" and event.unit == "token":
            services.cancel(ticket)
        if isinstance(event, Finished):
            break
    stopped = event.result
    assert stopped.stopped and not stopped.answer
    assert not any(isinstance(each, Text) for each in seen)
    assert any(isinstance(getattr(each, "detail", None), Quotes) for each in seen)
    assert all(chapter.start <= quote.start < quote.end <= chapter.end for quote in stopped.quotes)

    branch = Branch(stopped.conversation_id, stopped.turn_id)
    pieces: list[str] = []
    ticket = asking.ask(services, book, QUESTION, within=chapter, branch=branch, max_new_tokens=24)
    end = services.run_until_end(ticket, lambda each: pieces.append(each.text) if isinstance(each, Text) else None)
    assert isinstance(end, Finished)
    answer = end.result
    assert answer.answer == "".join(pieces).rstrip() and not answer.stopped
    assert all(chapter.start <= each.start < each.end <= chapter.end for each in answer.passages)
    assert all(text[cited.start : cited.end] == cited.quote for cited in (*answer.citations, *answer.quotes))
    (line,) = conversations.open_conversation(services, stopped.conversation_id).line
    assert line.versions == (stopped.turn_id, answer.turn_id)

    told = services.run_until_end(asking.preview(services, book, QUESTION, within=chapter))
    assert isinstance(told, Finished)
    assert told.result.reused_tokens > 0 and told.result.read_tokens >= 1
