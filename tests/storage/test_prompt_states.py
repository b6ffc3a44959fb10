"""Prompt states: found by what they begin with, shared, evicted, pinned, removed."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from storage.errors import StorageError
from storage.prompt_states import Prompt, PromptStates
from storage.prompt_states_pieces import common_tokens, token_bytes, token_numbers
from storage.prompt_states_schema import Entry

PIECE = 3
SCOPE = "scope"
scopes = itertools.count()


def keep(
    states: PromptStates,
    tokens: Sequence[int],
    *,
    scope: str = SCOPE,
    document: str | None = None,
    model: str = "model",
    adapter: str = "",
    size: int = 1_000,
    title: str = "",
) -> int | None:
    """A prompt kept as the engine does it: only what is not there is written. A piece's bytes tell its tokens."""
    parent = ""
    for start in range(0, len(tokens), PIECE):
        part = tokens[start : start + PIECE]
        known = states.find_piece(scope, parent, part)
        parent = states.write_piece(scope, parent, part, content(part, size)) if known is None else known
    return states.write_entry(Prompt(scope, tokens, title, model, model.title(), adapter, document))


def content(tokens: Sequence[int], size: int = 1_000) -> bytes:
    return (str(list(tokens)).encode() * size)[:size]


def gist(states: PromptStates, tokens: Sequence[int], *, document: str | None = None, model: str = "model") -> int:
    entry = states.write_gist(Prompt("gists", tokens, "", model, model, document_id=document), content(tokens))
    assert entry is not None
    return entry


def found(states: PromptStates, tokens: Sequence[int], scope: str = SCOPE) -> int:
    """How many of a prompt's tokens need not be read."""
    return sum(match.tokens for match in states.longest_prefix(scope, tokens))


def slow_common(one: list[int], other: list[int]) -> int:
    return len(list(itertools.takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))))


def piece_count(states: PromptStates) -> int:
    return states.total_bytes() // 1_000


@pytest.fixture(scope="module")
def shared_states(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PromptStates]:
    """For laws whose examples do not meet, each under a scope of its own."""
    with closing(PromptStates(tmp_path_factory.mktemp("laws") / "prompt_states.sqlite3")) as states:
        yield states


# -- finding -----------------------------------------------------------------------------------------------------------

prompts = st.lists(st.sampled_from([0, 1, 255, 256, 70_000]), min_size=1, max_size=10)


@settings(max_examples=40, deadline=None)
@given(kept=st.lists(prompts, max_size=4), asked=prompts)
def test_the_longest_prefix_is_that_of_looking_at_every_prompt(
    shared_states: PromptStates, kept: list[list[int]], asked: list[int]
) -> None:
    scope = f"scope {next(scopes)}"
    for tokens in kept:
        assert keep(shared_states, tokens, scope=scope) is not None
    slow = max((slow_common(tokens, asked) for tokens in kept), default=0)
    path = shared_states.longest_prefix(scope, asked)
    assert sum(match.tokens for match in path) == slow
    start = 0
    for match in path:  # and every piece holds the state of just these tokens
        data = shared_states.read_piece(match.piece)
        assert data is not None and data.startswith(str(asked[start : start + match.tokens]).encode()[:-1])
        start += match.tokens


@given(one=prompts, other=prompts)
def test_tokens_compare_as_bytes_as_they_do_as_numbers(one: list[int], other: list[int]) -> None:
    assert (token_bytes(one) < token_bytes(other)) == (one < other)
    assert common_tokens(token_bytes(one), token_bytes(other)) == slow_common(one, other)
    assert list(token_numbers(token_bytes(one))) == one


def test_a_prompt_whose_tokens_are_damaged_is_told_in_a_sentence_and_can_be_removed(
    prompt_states: PromptStates,
) -> None:
    entry = gist(prompt_states, [1, 2, 3], document="a")
    prompt_states.set_in_use(entry, True)
    with prompt_states._file.session() as session:
        session.execute(update(Entry).where(Entry.id == entry).values(token_ids=token_bytes([1, 2, 3])[:-1]))
    for call in (prompt_states.token_ids, prompt_states.gist):
        with pytest.raises(StorageError, match="damaged"):
            call(entry)
    assert [row.entry for row in prompt_states.entries()] == [entry]
    prompt_states.remove(entry)
    assert prompt_states.entries() == []


def test_a_state_is_found_under_its_own_scope_only(prompt_states: PromptStates) -> None:
    keep(prompt_states, [1, 2, 3, 4])
    assert (found(prompt_states, [1, 2, 3, 4]), found(prompt_states, [1, 2, 3, 4], "another")) == (4, 0)


def test_prompts_that_begin_alike_share_pieces(prompt_states: PromptStates) -> None:
    keep(prompt_states, [1, 2, 3, 4, 5, 6, 7])
    keep(prompt_states, [1, 2, 3, 4, 5, 6, 8, 9])
    assert piece_count(prompt_states) == 4
    assert [row.bytes for row in prompt_states.entries()] == [3_000, 3_000]  # each counts what it shares


def test_a_prompt_that_is_not_all_there_is_not_listed(prompt_states: PromptStates) -> None:
    parent = prompt_states.write_piece(SCOPE, "", [1, 2, 3], b"a state")
    assert prompt_states.write_entry(Prompt(SCOPE, [1, 2, 3, 4], "", "model", "Model")) is None
    prompt_states.write_piece(SCOPE, parent, [4], b"a state")
    assert prompt_states.write_entry(Prompt(SCOPE, [1, 2, 3, 4], "", "model", "Model")) is not None


def test_the_same_prompt_of_the_same_document_is_renewed(prompt_states: PromptStates) -> None:
    first = keep(prompt_states, [1, 2], document="a", title="Old")
    made = prompt_states.entry(first or 0).created_at
    keep(prompt_states, [1, 2], document="b")
    assert keep(prompt_states, [1, 2], document="a", title="New") == first
    assert prompt_states.entry(first or 0).created_at == made
    assert [(row.document_id, row.title) for row in prompt_states.entries()] == [("a", "New"), ("b", "")]


def test_a_shorter_end_is_superseded_within_its_document(prompt_states: PromptStates) -> None:
    keep(prompt_states, [1, 2, 3, 4], document="a")
    keep(prompt_states, [1, 2, 3, 4, 5], document="a")
    assert piece_count(prompt_states) == 2
    keep(prompt_states, [1, 2, 3, 4], document="a")  # and stays so, whichever is kept last
    assert piece_count(prompt_states) == 2
    assert [row.bytes for row in prompt_states.entries()] == [2_000, 2_000]


def test_an_end_of_another_document_is_not_leant_on(prompt_states: PromptStates) -> None:
    """A piece must never outlive the document that some of its tokens are of."""
    keep(prompt_states, [1, 2, 3, 4, 5], document="a")
    keep(prompt_states, [1, 2, 3, 4], document="b")
    keep(prompt_states, [1, 2, 3, 4, 6])
    prompt_states.forget(["a"])
    assert found(prompt_states, [1, 2, 3, 4, 5]) == 4
    assert all(row.bytes == 2_000 for row in prompt_states.entries())


# -- gists -------------------------------------------------------------------------------------------------------------


def test_a_gist_stands_in_for_its_prompt_only_while_it_is_in_use(prompt_states: PromptStates) -> None:
    entry = gist(prompt_states, [1, 2, 3], document="a")
    assert prompt_states.gist_of_tokens("model", [1, 2, 3]) is None
    kept = prompt_states.gist(entry)
    assert kept is not None and kept[1] == (1, 2, 3)
    prompt_states.set_in_use(entry, True)
    match = prompt_states.gist_of_tokens("model", [1, 2, 3])
    assert match is not None and (match.entry, match.tokens) == (entry, 3)
    assert prompt_states.read_piece(match.piece) == content([1, 2, 3])
    assert prompt_states.gist_of_document("model", "a") == match
    assert prompt_states.gist_of_tokens("another", [1, 2, 3]) is None
    assert prompt_states.gist_of_tokens("model", [1, 2]) is None


def test_of_a_prompt_or_a_document_one_gist_is_in_use(prompt_states: PromptStates) -> None:
    first, same_tokens = gist(prompt_states, [1, 2], document="a"), gist(prompt_states, [1, 2], document="b")
    same_document = gist(prompt_states, [3, 4], document="b")
    other_model = gist(prompt_states, [1, 2], document="a", model="another")
    used = {}
    for entry in (other_model, first, same_tokens, same_document):
        prompt_states.set_in_use(entry, True)
        used[entry] = {row.entry for row in prompt_states.entries() if row.in_use}
    assert used == {
        other_model: {other_model},
        first: {other_model, first},
        same_tokens: {other_model, same_tokens},
        same_document: {other_model, same_document},
    }


def test_a_new_gist_of_a_prompt_takes_the_place_of_the_old_one(prompt_states: PromptStates) -> None:
    entry = gist(prompt_states, [1, 2])
    prompt_states.set_in_use(entry, True)
    prompt_states.set_pinned(entry, True)
    prompt_states.write_gist(Prompt("gists", [1, 2], "", "model", "model", metrics={"k": 8}), b"smaller")
    (row,) = prompt_states.entries()
    assert (row.entry, row.bytes, row.metrics, row.in_use, row.pinned) == (entry, 7, {"k": 8}, True, True)
    match = prompt_states.gist_of_tokens("model", [1, 2])
    assert match is not None and prompt_states.read_piece(match.piece) == b"smaller"


def test_what_is_used_anyway_cannot_be_put_to_use(prompt_states: PromptStates) -> None:
    for entry in (keep(prompt_states, [1, 2]), keep(prompt_states, [1, 2, 3], document="a")):
        assert entry is not None and not prompt_states.entry(entry).can_be_in_use
        with pytest.raises(StorageError, match="only a gist, a segment memory or a document's text"):
            prompt_states.set_in_use(entry, True)


def test_a_documents_text_that_is_kept_exactly_takes_turns_with_its_gist(prompt_states: PromptStates) -> None:
    prompt_states.write_piece(SCOPE, "", [1, 2, 3], b"a state")
    exact = prompt_states.write_entry(
        Prompt(SCOPE, [1, 2, 3], "", "model", "Model", document_id="a", metrics={"layout": "document"})
    )
    assert exact is not None and prompt_states.document_prompt("model", "a") is None
    prompt_states.set_in_use(exact, True)
    assert prompt_states.document_prompt("model", "a") == (1, 2, 3)
    assert prompt_states.document_prompt("another", "a") is prompt_states.document_prompt("model", "b") is None
    assert prompt_states.gist_of_document("model", "a") is None
    compressed = gist(prompt_states, [1, 2], document="a")
    for chosen in (compressed, exact):
        prompt_states.set_in_use(chosen, True)
        assert [row.entry for row in prompt_states.entries() if row.in_use] == [chosen]
        assert (prompt_states.document_prompt("model", "a") is None) is (chosen == compressed)
        assert (prompt_states.gist_of_document("model", "a") is None) is (chosen == exact)
    prompt_states.set_in_use(exact, False)
    assert prompt_states.document_prompt("model", "a") is None


# -- room --------------------------------------------------------------------------------------------------------------


def test_the_least_recently_used_makes_room_and_what_is_pinned_or_in_use_stays(prompt_states: PromptStates) -> None:
    prompt_states.set_budget(5_000)
    pinned, oldest, older = (keep(prompt_states, [number]) for number in (1, 2, 3))
    assert pinned is not None and oldest is not None
    prompt_states.set_pinned(pinned, True)
    compressed = gist(prompt_states, [4])
    prompt_states.set_in_use(compressed, True)
    prompt_states.count_use(
        [match.piece for match in prompt_states.longest_prefix(SCOPE, [2])], tokens_saved=1, seconds_saved=0.5
    )
    newest, more = keep(prompt_states, [5]), keep(prompt_states, [6])
    assert {row.entry for row in prompt_states.entries()} == {pinned, oldest, compressed, newest, more}
    assert prompt_states.total_bytes() == 5_000
    with pytest.raises(StorageError, match="not kept any more"):
        prompt_states.entry(older or 0)


def test_a_prompt_the_budget_cannot_hold_costs_nobody_else(prompt_states: PromptStates) -> None:
    prompt_states.set_budget(5_000)
    kept = [keep(prompt_states, [number]) for number in range(4)]
    assert keep(prompt_states, range(100, 118)) is None
    assert {row.entry for row in prompt_states.entries()} == set(kept)
    assert prompt_states.total_bytes() == 4_000
    prompt_states.set_pinned(kept[0] or 0, True)
    prompt_states.set_budget(1_000)
    assert gist_fits(prompt_states) is False and [row.pinned for row in prompt_states.entries()] == [True]


def test_what_is_pinned_is_renewed_even_where_the_budget_has_shrunk_below_it(prompt_states: PromptStates) -> None:
    entry = keep(prompt_states, [1, 2, 3, 4])
    prompt_states.set_pinned(entry or 0, True)
    prompt_states.set_budget(500)
    assert keep(prompt_states, [1, 2, 3, 4]) == entry
    assert found(prompt_states, [1, 2, 3, 4]) == 4
    assert keep(prompt_states, [5]) is None


def test_pieces_that_a_writer_left_behind_evict_nobody(prompt_states: PromptStates) -> None:
    prompt_states.set_budget(3_000)
    kept = [keep(prompt_states, [number]) for number in range(2)]
    prompt_states.write_piece(SCOPE, "", [100, 101, 102], bytes(5_000))  # and the writer dies
    kept.append(keep(prompt_states, [2]))
    assert {row.entry for row in prompt_states.entries()} == set(kept)
    assert found(prompt_states, [100, 101, 102]) == 3  # another writer may be about to list it
    latest = keep(prompt_states, [3])
    assert {row.entry for row in prompt_states.entries()} == {*kept[1:], latest}


def test_what_was_left_behind_long_ago_makes_room_first(
    prompt_states: PromptStates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.prompt_states_pieces._ON_ITS_WAY", timedelta())
    prompt_states.set_budget(3_000)
    prompt_states.write_piece(SCOPE, "", [100, 101, 102], bytes(5_000))
    kept = keep(prompt_states, [1])
    assert [row.entry for row in prompt_states.entries()] == [kept]
    assert prompt_states.total_bytes() == 1_000


def gist_fits(states: PromptStates) -> bool:
    return states.write_gist(Prompt("gists", [9], "", "model", "model"), b"x") is not None


def test_a_smaller_budget_holds_at_once_and_is_kept(prompt_states: PromptStates) -> None:
    assert prompt_states.budget() == 10**9
    for number in range(9):
        keep(prompt_states, [number])
    prompt_states.set_budget(4_500)
    assert prompt_states.total_bytes() == 4_000
    with closing(PromptStates(prompt_states.path)) as again:
        assert again.budget() == 4_500
        assert [row.tokens for row in again.entries()] == [1] * 4


def test_a_budget_below_what_is_pinned_leaves_only_that_and_what_is_in_use(prompt_states: PromptStates) -> None:
    pinned, *others = (keep(prompt_states, [number, 1, 2, 3]) for number in range(4))
    prompt_states.set_pinned(pinned or 0, True)
    compressed = gist(prompt_states, [4])
    prompt_states.set_in_use(compressed, True)
    assert all(others)
    prompt_states.set_budget(1_000)
    assert {row.entry for row in prompt_states.entries()} == {pinned, compressed}
    assert prompt_states.total_bytes() == 3_000


@settings(max_examples=15, deadline=None)
@example(steps=[("keep", [1, 0]), ("keep", [1, 1]), ("keep", [1])])  # two prompts that begin with a third
@given(
    steps=st.lists(st.tuples(st.sampled_from(["keep", "keep", "keep", "use", "pin", "remove"]), prompts), max_size=8)
)
def test_whatever_happens_every_piece_has_an_owner_every_entry_is_whole_and_the_budget_holds(
    shared_states: PromptStates, steps: list[tuple[str, list[int]]]
) -> None:
    shared_states.clear()
    shared_states.set_budget(8_000)
    for what, tokens in steps:
        rows = shared_states.entries()
        chosen = rows[sum(tokens) % len(rows)].entry if rows else 0
        if what == "keep":
            keep(shared_states, tokens, document=[None, "a", "b"][tokens[0] % 3])
        elif what == "use":
            path = [match.piece for match in shared_states.longest_prefix(SCOPE, tokens)]
            shared_states.count_use(path, tokens_saved=1, seconds_saved=0.0)
        elif rows and what == "pin":
            shared_states.set_pinned(chosen, True)
        elif rows:
            shared_states.remove(chosen)
        rows = shared_states.entries()
        assert shared_states.total_bytes() <= 8_000
        assert all(found(shared_states, shared_states.token_ids(row.entry)) == row.tokens for row in rows)
        before = shared_states.total_bytes()
        shared_states.drop_unlisted(all_of_them=True)
        assert shared_states.total_bytes() == before
    for row in shared_states.entries():
        shared_states.remove(row.entry)
    assert shared_states.total_bytes() == 0


# -- using -------------------------------------------------------------------------------------------------------------


def test_a_hit_is_counted_for_the_entry_used_last_and_makes_it_the_newest(prompt_states: PromptStates) -> None:
    first, second = keep(prompt_states, [1, 2, 3, 4]), keep(prompt_states, [1, 2, 3, 5])
    shared = [match.piece for match in prompt_states.longest_prefix(SCOPE, [1, 2, 3])]
    own = [match.piece for match in prompt_states.longest_prefix(SCOPE, [1, 2, 3, 4])]
    prompt_states.count_use(shared, tokens_saved=3, seconds_saved=0.5)
    assert [(row.entry, row.hits) for row in prompt_states.entries()] == [(second, 1), (first, 0)]
    for _ in range(2):
        prompt_states.count_use(own, tokens_saved=4, seconds_saved=0.5)
    newest = prompt_states.entries()[0]
    assert (newest.entry, newest.hits, newest.tokens_saved, newest.seconds_saved) == (first, 2, 8, 1.0)


def test_a_hit_on_what_has_gone_meanwhile_counts_nowhere(prompt_states: PromptStates) -> None:
    entry = keep(prompt_states, [1])
    prompt_states.remove(entry or 0)
    prompt_states.count_use([1], tokens_saved=1, seconds_saved=1.0)
    assert prompt_states.entries() == []


# -- removing ----------------------------------------------------------------------------------------------------------


def test_what_is_removed_takes_only_what_nobody_else_needs(prompt_states: PromptStates) -> None:
    keep(prompt_states, [1, 2, 3, 4], document="a")
    keep(prompt_states, [1, 2, 3, 5], document="b")
    keep(prompt_states, [7], model="another", scope="another", document="b")
    keep(prompt_states, [8], adapter="adapter", scope="adapted", document="b")
    prompt_states.forget(["a"])
    assert (found(prompt_states, [1, 2, 3, 4]), found(prompt_states, [1, 2, 3, 5])) == (3, 4)
    prompt_states.remove_of_adapters("b", "model")
    assert (found(prompt_states, [8], "adapted"), len(prompt_states.entries())) == (0, 2)
    prompt_states.remove_of_model("another")
    assert [row.model_name for row in prompt_states.entries()] == ["Model"]
    prompt_states.clear()
    assert (prompt_states.entries(), prompt_states.total_bytes()) == ([], 0)
    assert keep(prompt_states, [1]) is not None


def test_removing_what_is_gone_is_done_already(prompt_states: PromptStates) -> None:
    prompt_states.remove(12)
    for call in (prompt_states.entry, prompt_states.token_ids):
        with pytest.raises(StorageError, match="not kept any more"):
            call(12)
    with pytest.raises(StorageError, match="not kept any more"):
        prompt_states.set_pinned(12, True)


def test_the_file_does_not_grow_with_what_comes_and_goes(tmp_path: Path) -> None:
    size, path = 200_000, tmp_path / "prompt_states.sqlite3"
    after = []
    for start in range(0, 60, 10):
        with closing(PromptStates(path)) as states:
            states.set_budget(10 * size)
            for number in range(start, start + 10):
                keep(states, [number] * 4, size=size, document=str(number))
        after.append(path.stat().st_size)  # closed, it has no log beside it
    # beside the budget there is room for the prompt that is written before the oldest goes
    assert max(after) < 14 * size
    assert max(after[1:]) < after[0] + size
    with closing(PromptStates(path)) as states:
        states.clear()
    assert path.stat().st_size < 2 * size


def test_a_copy_as_pickling_makes_one_opens_the_file_anew(prompt_states: PromptStates) -> None:
    keep(prompt_states, [1])
    with closing(copy.copy(prompt_states)) as other:
        prompt_states.close()
        assert len(other.entries()) == 1
