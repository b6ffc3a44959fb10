"""What of standing instructions and kept prompts an ask and its preview tell the engine."""

from __future__ import annotations

import pytest

from app.operations import asking, library
from app.operations.opening import open_services
from app.operations.settings import change_settings
from engine.api import Ask, PreviewAsk
from engine.jobs import Finished
from engine.runtime import handlers
from storage.errors import StorageError


@pytest.fixture
def asked(monkeypatch):
    """Every Ask an engine is given from now on, previews' too."""
    seen = []

    def with_ears(runtime):
        own = dict(handlers(runtime))
        hear, foresee = own[Ask], own[PreviewAsk]
        own[Ask] = lambda request: seen.append(request) or hear(request)
        own[PreviewAsk] = lambda request: seen.append(request.ask) or foresee(request)
        return own

    monkeypatch.setattr("app.engine_setup.handlers", with_ears)
    return seen


@pytest.fixture
def services(tmp_path, asked):
    opened = open_services(tmp_path / "data", echo=True)
    yield opened
    opened.close()


def both(services, asked, **options):
    """What an ask and its preview were given: (instructions, use_store, use_gists), which are the same."""
    (story,) = library.list_documents(services)
    for submit in (asking.ask, asking.preview):
        end = services.run_until_end(submit(services, story.document_id, "Who keeps the light?", **options))
        assert isinstance(end, Finished), end
    first, second = asked[-2:]
    told = (first.instructions, first.use_store, first.use_gists)
    assert told == (second.instructions, second.use_store, second.use_gists)
    return told


def test_usually_nothing_is_instructed_and_everything_kept_is_used(services, asked):
    assert both(services, asked) == ("", True, True)


def test_the_settings_hold_unless_something_else_is_said(services, asked):
    change_settings(services, {"instructions": " Be kind. \n", "use_prompt_caches": False})
    assert both(services, asked) == ("Be kind.", False, True)
    assert both(services, asked, instructions="Be brief.", use_caches=True, use_gists=False) == (
        "Be brief.",
        True,
        False,
    )
    assert both(services, asked, instructions="") == ("", False, True)


def test_instructions_beyond_all_bounds_are_refused_before_a_job_begins(services, asked):
    (story,) = library.list_documents(services)
    for submit in (asking.ask, asking.preview):
        with pytest.raises(StorageError, match="100,000 characters"):
            submit(services, story.document_id, "Who?", instructions="x" * 100_001)
    assert asked == [] and services.open_tickets() == []


def test_what_may_not_be_told_yet_is_said_also_where_no_passages_are_wanted(services, asked):
    """A gist of the whole book must not answer for somebody who has read half of it."""
    both(services, asked, use_passages=False, up_to=500)
    assert asked[-1].span == (0, 500) and asked[-1].passages == ()
