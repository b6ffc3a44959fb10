"""Kept prompts: listed with what they save, pinned, put to use, compared, deleted, and held within a budget."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.commands.caches import _cache_words
from app.operations import compressing, counting, library, prompt_caches, removing
from app.operations.compressor_folders import own_encoder_folder
from app.operations.models import ECHO
from app.operations.opening import open_services
from app.operations.prompt_caches import parse_bytes
from app.operations.settings import Settings, change_settings, reset_settings, settings
from engine.api import Compared, ComparedText, CompressMethod, ModelRef, PromptLayout
from engine.jobs import Finished, Progress
from engine.prompt_store import NewEntry
from storage.errors import StorageError
from storage.prompt_states import Prompt


@pytest.fixture
def services(tmp_path, fake_gists, with_encoder):
    with_encoder(own_encoder_folder(tmp_path / "data", ECHO.identity), ECHO.identity)
    opened = open_services(tmp_path / "data", echo=True)
    yield opened
    opened.close()


def keep(services, title, text="Be kind.", *, method=CompressMethod.GIST, document_id=None):
    prompt = compressing.Prompt(title, text, PromptLayout.INSTRUCTIONS, document_id)
    end = services.run_until_end(compressing.compress(services, prompt, method=method))
    assert isinstance(end, Finished), end
    return end.result.entry


def is_gist(row):
    return row.kind == "gist"


def test_nothing_kept_is_an_empty_list(services):
    found = prompt_caches.overview(services)
    assert found.caches == () and found.totals == prompt_caches.totals(services)
    assert (found.totals.entries, found.totals.bytes, found.totals.budget_bytes) == (
        0,
        0,
        Settings().prompt_cache_bytes,
    )


def test_what_is_kept_is_listed_with_its_document_and_what_it_saved(services):
    (story,) = library.list_documents(services)
    gist = keep(services, "Style", "Be kind and brief.")
    exact = keep(services, "Book", "x" * 600, method=CompressMethod.EXACT, document_id=story.document_id)
    services.prompt_states.count_use([services.prompt_states.gist(gist)[0].piece], tokens_saved=18, seconds_saved=1.5)
    found = prompt_caches.overview(services)
    assert [(each.row.entry, each.document_title, each.usable) for each in found.caches] == [
        (gist, None, True),
        (exact, story.title, True),
    ]
    totals = found.totals
    assert (totals.entries, totals.gists, totals.hits, totals.tokens_saved) == (2, 1, 1, 18)
    assert totals.bytes == 3 * 1000 + 100 and totals.seconds_saved == 1.5 and totals.kept
    assert totals.file_bytes > totals.bytes


def test_what_goes_with_a_document_off_the_shelf_is_hidden_until_it_is_back(services):
    (story,) = library.list_documents(services)
    style = keep(services, "Style")
    book = keep(services, "Book", "x", method=CompressMethod.EXACT, document_id=story.document_id)

    def shown():
        return {each.row.entry for each in prompt_caches.overview(services).caches}

    removing.remove(services, [story.document_id])
    assert shown() == {style} and prompt_caches.totals(services).entries == 2
    removing.restore(services, [story.document_id])
    assert shown() == {style, book}


def test_a_kept_prompt_is_found_by_number_and_title(services):
    first, second = keep(services, "Style guide"), keep(services, "Styles of Chinese", "Be brief.")
    assert prompt_caches.find_cache(services, str(first)).entry == first
    assert prompt_caches.find_cache(services, "style guide").entry == first
    assert prompt_caches.find_cache(services, "styles").entry == second
    for words, sentence in (("style", "may mean"), ("tone", "No kept prompt"), (" ", "name a kept prompt")):
        with pytest.raises(StorageError, match=sentence):
            prompt_caches.find_cache(services, words)


def test_of_a_prompt_kept_twice_the_gist_can_be_meant(services):
    gist, exact = keep(services, "Style"), keep(services, "Style", method=CompressMethod.EXACT)
    with pytest.raises(StorageError, match=rf"{exact} \(exact\), {gist} \(gist\)"):
        prompt_caches.find_cache(services, "Style")
    assert prompt_caches.find_cache(services, "Style", meant=is_gist).entry == gist
    assert prompt_caches.find_cache(services, str(exact), meant=is_gist).entry == exact


def test_a_gist_rests_when_the_instructions_are_others(services, tiny_model_folder, monkeypatch):
    model = ModelRef("tiny", "tiny-identity", tiny_model_folder)
    monkeypatch.setattr(prompt_caches, "current_model", lambda _: model)
    entries = {}
    for title, text in ((compressing.STANDING_INSTRUCTIONS, "Be kind."), ("glossary.txt", "Oster: a town.")):
        ids, metrics = counting.instruction_tokens(model, text), {"layout": "instructions"}
        prompt = Prompt("scope", ids, title, model.identity, model.name, metrics=metrics)
        entries[title] = services.prompt_states.write_gist(prompt, b"state")

    def found():
        return {each.row.title: each for each in prompt_caches.overview(services).caches}

    standing, file = compressing.STANDING_INSTRUCTIONS, "glossary.txt"
    change_settings(services, {"instructions": " Be kind.\n"})
    assert found()[standing].in_effect and not found()[file].in_effect and not found()[file].was_standing
    change_settings(services, {"instructions": "Be brief."})
    assert found()[standing].was_standing and not found()[file].in_effect
    assert "rests: the instructions have changed" in _cache_words(found()[standing])
    assert "ask --instructions" in _cache_words(found()[file])
    change_settings(services, {"instructions": "Oster: a town."})
    assert found()[file].in_effect and not found()[standing].in_effect
    change_settings(services, {"instructions": ""})
    assert not found()[file].in_effect and not found()[standing].in_effect


def test_a_prompt_of_another_model_rests(services):
    from app.prompt_store import StoredPrompts

    store = StoredPrompts(services.prompt_states)
    store.write_gist(NewEntry("gist", "scope", "another", "other-7b", "", "Old", [1, 2, 3]), b"state")
    (cache,) = prompt_caches.overview(services).caches
    assert not cache.usable
    with pytest.raises(StorageError, match="other-7b, a model that is not here"):
        prompt_caches.compare(services, cache.row.entry, "Why?")
    with pytest.raises(StorageError, match="not here any more"):
        prompt_caches.prompt_text(services, cache.row.entry)


def test_a_model_without_a_vocabulary_gets_a_sentence_in_place_of_the_words(services):
    with pytest.raises(StorageError, match="echo has no vocabulary"):
        prompt_caches.prompt_text(services, keep(services, "Style"))


def test_pins_and_use_are_kept(services):
    gist, exact = keep(services, "A"), keep(services, "B", "text", method=CompressMethod.EXACT)
    prompt_caches.set_pinned(services, exact, True)
    prompt_caches.set_in_use(services, gist, True)
    rows = {each.row.entry: each.row for each in prompt_caches.overview(services).caches}
    assert (rows[exact].pinned, rows[gist].in_use, rows[gist].pinned) == (True, True, False)
    assert prompt_caches.totals(services).pinned == 1
    with pytest.raises(StorageError, match="is kept exactly"):
        prompt_caches.set_in_use(services, exact, True)
    prompt_caches.set_in_use(services, gist, False)
    assert not services.prompt_states.entry(gist).in_use


def test_deleting_gives_back_what_it_says(services):
    first, second = keep(services, "A"), keep(services, "B", "text", method=CompressMethod.EXACT)
    assert prompt_caches.delete(services, [second]) == 1000
    assert [each.row.entry for each in prompt_caches.overview(services).caches] == [first]
    prompt_caches.set_pinned(services, first, True)
    assert prompt_caches.clear(services) == 100
    assert prompt_caches.totals(services).entries == 0


def test_the_budget_is_one_setting(services):
    low = 16 * 1024**2
    assert prompt_caches.set_budget(services, low).budget_bytes == low == settings(services).prompt_cache_bytes
    assert change_settings(services, {"prompt_cache_bytes": 2 * low}).prompt_cache_bytes == 2 * low
    assert services.prompt_states.budget() == 2 * low
    with pytest.raises(StorageError, match="must lie between"):
        prompt_caches.set_budget(services, 5)
    reset_settings(services)
    assert services.prompt_states.budget() == Settings().prompt_cache_bytes


def test_the_budget_holds_for_a_file_begun_anew(services, tmp_path):
    prompt_caches.set_budget(services, 20 * 1024**2)
    services.close()
    for path in services.data_dir.glob("prompt_states*"):
        path.unlink()
    again = open_services(tmp_path / "data", echo=True)
    try:
        assert again.prompt_states.budget() == 20 * 1024**2
    finally:
        again.close()


def test_a_gist_is_compared_with_its_prompt(services, fake_gists):
    gist, exact = keep(services, "A"), keep(services, "B", "text", method=CompressMethod.EXACT)
    pieces = []

    def hear(event):
        if isinstance(event, Progress) and isinstance(event.detail, ComparedText):
            pieces.append(event.detail.which)

    end = services.run_until_end(prompt_caches.compare(services, gist, " Why? "), hear)
    assert isinstance(end, Finished) and isinstance(end.result, Compared) and pieces == ["full", "gist"]
    request = fake_gists.requests[-1]
    assert (request.entry, request.question, request.model) == (gist, "Why?", ECHO)
    assert request.max_new_tokens == settings(services).max_new_tokens
    for entry, question, sentence in (
        (gist, " ", "no question"),
        (exact, "Why?", "kept exactly"),
        (99, "Why?", "not kept"),
    ):
        with pytest.raises(StorageError, match=sentence):
            prompt_caches.compare(services, entry, question)


@given(st.integers(0, 10**13))
def test_a_number_of_bytes_is_itself(count):
    assert parse_bytes(str(count)) == parse_bytes(f" {count:,} bytes") == parse_bytes(f"{count}b") == count


@pytest.mark.parametrize(
    ("words", "expected"),
    [("500MB", 500_000_000), ("2 GB", 2 * 10**9), ("1.5gib", 3 * 2**29), ("64 k", 64_000), ("1 TiB", 2**40)],
)
def test_sizes_are_said_with_units(words, expected):
    assert parse_bytes(words) == expected


@pytest.mark.parametrize("words", ["", "much", "-5", "1.2.3", "5 apples", "GB"])
def test_what_is_no_size_gets_a_sentence(words):
    with pytest.raises(StorageError, match="is no size"):
        parse_bytes(words)
