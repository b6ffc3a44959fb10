"""Segment memories as operations: made, gone on with after a crash, put to use, forgotten; and what the shell says of them."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.operations import asking, forgetting, library, prompt_caches, removing, segment_memories
from app.operations.importing import import_file
from app.operations.models import ECHO
from app.operations.opening import open_services
from app.operations.settings import change_settings
from engine.api import PreviewAsk, SegmentsEncoded
from engine.jobs import Failed, Finished, Progress, Stopped
from storage.errors import StorageError
from storage.jobs import last_job
from storage.prompt_states import NewSegment, Prompt

KIND = segment_memories.KIND


@pytest.fixture
def services(tmp_path, fake_segments, with_segment_compressor, monkeypatch):
    monkeypatch.setattr("app.operations.compressor_folders._SHIPPED", tmp_path / "shipped")
    with_segment_compressor(tmp_path / "data")
    opened = open_services(tmp_path / "data", echo=True)
    yield opened
    opened.close()


def story(services) -> str:
    return library.list_documents(services)[-1].document_id


def encoded(services, **options) -> SegmentsEncoded:
    end = services.run_until_end(segment_memories.encode(services, story(services), **options))
    assert isinstance(end, Finished), end
    return end.result


def stopped_after_two_batches(services, fake_segments, stop):
    """A job that `stop` ended while it was at its third batch."""
    fake_segments.stop_at_segment = 2 * fake_segments.BATCH
    ticket = segment_memories.encode(services, story(services))
    while True:
        found = services.next_event(timeout_s=10)
        assert found is not None
        if isinstance(found[1], Progress) and found[1].done >= fake_segments.stop_at_segment * 256:
            break
    stop(services, ticket)
    end = services.run_until_end(ticket)
    fake_segments.stop_at_segment = None
    return end


def job_state(services) -> str:
    with services.database.read() as session:
        job = last_job(session, story(services), KIND)
    assert job is not None
    return job.state


def test_before_and_after(services):
    before = segment_memories.status(services, story(services))
    assert (before.entry, before.segments, before.in_use, before.complete) == (None, 0, False, False)
    assert before.has_compressor and before.longer_than_window and not before.can_go_on
    done = encoded(services)
    after = segment_memories.status(services, story(services))
    assert (after.entry, after.segments, after.slots, after.ratio) == (
        done.entry,
        done.segments,
        done.slots,
        done.ratio,
    )
    assert (after.bytes, after.total_tokens, after.verbatim_tokens) == (done.bytes, done.tokens, done.verbatim_tokens)
    assert after.complete and after.in_use and not after.outdated and after.tokens == done.tokens - done.verbatim_tokens
    assert len(after.ends) == after.segments and sorted(after.ends) == list(after.ends)
    assert job_state(services) == "done"


def test_a_document_is_compressed_as_far_as_it_needs_to_be(services, monkeypatch):
    assert segment_memories.usual_ratio(1_024, 8_192) == 8
    assert segment_memories.usual_ratio(1_025, 8_192) == 32
    assert encoded(services).ratio == 32  # of a model that holds 2,048 tokens
    monkeypatch.setattr("app.operations.segment_memories.window_tokens", lambda model: 100_000)
    assert encoded(services).ratio == 32  # as it was begun
    segment_memories.forget(services, story(services))
    assert encoded(services).ratio == 8


def test_what_cannot_be_is_said(services, fake_segments, tmp_path):
    with pytest.raises(StorageError, match="8 or 32 to 1, not 16 to 1"):
        segment_memories.encode(services, story(services), ratio=16)
    with pytest.raises(StorageError, match="no segment memory"):
        segment_memories.set_in_use(services, story(services), True)
    fake_segments.stop_at_segment = 0
    ticket = segment_memories.encode(services, story(services))
    with pytest.raises(StorageError, match="is being encoded already"):
        segment_memories.encode(services, story(services))
    with pytest.raises(StorageError, match="is being made; stop that first"):
        segment_memories.forget(services, story(services))
    assert segment_memories.status(services, story(services)).running
    assert not segment_memories.wants_memory(services, story(services))
    services.cancel(ticket)
    assert isinstance(services.run_until_end(ticket), Stopped) and job_state(services) == "stopped"
    for file in (tmp_path / "data" / "compressors").rglob("*.safetensors"):
        file.unlink()
    with pytest.raises(StorageError, match="compress train --method segments"):
        segment_memories.encode(services, story(services))
    assert not segment_memories.status(services, story(services)).has_compressor


def test_a_memory_is_wanted_once_until_the_user_has_said_otherwise(services, fake_segments):
    document = story(services)
    assert segment_memories.wants_memory(services, document)
    change_settings(services, {"segments_in_background": False})
    assert not segment_memories.wants_memory(services, document)
    change_settings(services, {"segments_in_background": True})

    stopped_after_two_batches(services, fake_segments, segment_memories.leave)
    status = segment_memories.status(services, document)
    assert status.interrupted and status.can_go_on and status.segments == 8
    assert segment_memories.wants_memory(services, document)

    stopped_after_two_batches(services, fake_segments, segment_memories.pause)
    status = segment_memories.status(services, document)
    assert status.paused and not status.interrupted and not segment_memories.wants_memory(services, document)
    assert [each.was_interrupted for each in segment_memories.unfinished(services)] == [False]

    done = encoded(services)
    assert done.new_segments == done.segments - 8
    assert not segment_memories.wants_memory(services, document) and segment_memories.unfinished(services) == []
    assert segment_memories.forget(services, document) == done.bytes
    assert not segment_memories.wants_memory(services, document)
    assert segment_memories.status(services, document).entry is None


def test_a_short_or_removed_document_wants_none(services, monkeypatch):
    document = story(services)
    monkeypatch.setattr("app.operations.segment_memories.window_tokens", lambda model: 10**6)
    assert not segment_memories.wants_memory(services, document)
    monkeypatch.setattr("app.operations.segment_memories.window_tokens", lambda model: 100)
    removing.remove(services, [document])
    assert not segment_memories.wants_memory(services, document)


def test_what_a_crash_has_ended_goes_on(services, fake_segments, monkeypatch):
    stopped_after_two_batches(services, fake_segments, segment_memories.leave)
    data = services.data_dir
    services.close()
    again = open_services(data, echo=True)
    try:
        assert [each.was_interrupted for each in segment_memories.unfinished(again)] == [True]
        assert segment_memories.wants_memory(again, story(again))
        assert encoded(again).new_segments < encoded(again).segments
    finally:
        again.close()


def test_a_failure_is_kept_as_its_sentence_and_not_tried_again_unasked(services, fake_segments):
    fake_segments.refuses = "There is no room."
    end = services.run_until_end(segment_memories.encode(services, story(services)))
    assert isinstance(end, Failed)
    status = segment_memories.status(services, story(services))
    assert status.problem == "There is no room." and not status.running
    assert not segment_memories.wants_memory(services, story(services))


def test_a_memory_that_cannot_be_put_to_use_has_failed_and_can_be_made_again(services, monkeypatch):
    def busy(*_):
        raise StorageError("The prompt caches are in use by another program.")

    with monkeypatch.context() as patched:
        patched.setattr(segment_memories, "_replace_former", busy)
        end = services.run_until_end(segment_memories.encode(services, story(services)))
    assert isinstance(end, Failed) and "another program" in end.message
    status = segment_memories.status(services, story(services))
    assert not status.running and status.problem == end.message
    assert encoded(services).new_segments == 0


def test_another_ratio_takes_the_place_of_the_one_in_use(services):
    first, second = encoded(services, ratio=32), encoded(services, ratio=8)
    entries = {row.entry: row.in_use for row in services.prompt_states.entries()}
    assert entries == {first.entry: False, second.entry: True}
    assert segment_memories.status(services, story(services)).ratio == 8
    segment_memories.set_in_use(services, story(services), False)
    assert not segment_memories.status(services, story(services)).in_use
    encoded(services)  # what is left aside stays so
    assert not segment_memories.status(services, story(services)).in_use


def test_a_newer_compressor_makes_it_outdated(services):
    encoded(services)
    card = services.data_dir / "compressors" / "echo" / "segments" / "card.json"
    card.write_text(json.dumps({**json.loads(card.read_text()), "sha256": "d" * 64}))
    status = segment_memories.status(services, story(services))
    assert status.outdated and status.in_use and status.complete


def test_what_an_older_compressor_made_gives_way_once_its_successor_is_whole(services, fake_segments):
    document = story(services)
    metrics = {"segments": 1, "ends": [9], "segment_tokens": 3, "segment_slots": 1, "ratio": 32, "compressor": "old"}
    older = Prompt("older", (), "", ECHO.identity, ECHO.name, document_id=document, metrics=metrics)
    services.prompt_states.write_segments(older, 0, [NewSegment((1, 2, 3), b"state")])
    assert segment_memories.status(services, document).outdated
    stopped_after_two_batches(services, fake_segments, segment_memories.leave)
    assert [row.in_use for row in services.prompt_states.segment_memories(document, ECHO.identity)] == [False, True]
    done = encoded(services)
    (row,) = services.prompt_states.segment_memories(document, ECHO.identity)
    assert (row.entry, row.in_use) == (done.entry, True)


def test_a_gist_that_was_put_to_use_is_not_pushed_aside(services):
    gist = Prompt("gists", (1, 2), "", ECHO.identity, ECHO.name, document_id=story(services))
    entry = services.prompt_states.write_gist(gist, b"gist")
    services.prompt_states.set_in_use(entry, True)
    encoded(services)
    assert not segment_memories.status(services, story(services)).in_use
    segment_memories.set_in_use(services, story(services), True)
    assert not services.prompt_states.entry(entry).in_use


def test_forgetting_the_document_forgets_its_memory(services):
    encoded(services)
    assert forgetting.what_will_go(services, [story(services)])["prompt_states"] == 1
    end = services.run_until_end(forgetting.forget(services, story(services)))
    assert isinstance(end, Finished) and end.result.residue == 0
    assert services.prompt_states.entries() == [] and services.prompt_states.total_bytes() == 0


def test_a_document_forgotten_while_it_is_encoded_leaves_nothing(services, fake_segments):
    fake_segments.stop_at_segment = fake_segments.BATCH
    ticket, document = segment_memories.encode(services, story(services)), story(services)
    while not services.prompt_states.entries():
        services.next_event(timeout_s=0.1)
    forget = forgetting.forget(services, document)
    ends = {}
    while len(ends) < 2:
        found = services.next_event(timeout_s=10)
        assert found is not None
        if found[0] in (ticket, forget) and isinstance(found[1], Finished | Failed | Stopped):
            ends[found[0]] = found[1]
    assert isinstance(ends[forget], Finished) and ends[forget].result.residue == 0
    assert services.prompt_states.entries() == [] and services.prompt_states.total_bytes() == 0


def test_documents_that_share_text_share_their_segments(services, tmp_path):
    text = library.text(services, story(services))
    first = encoded(services)
    (tmp_path / "longer.txt").write_text(text + "\n\nAnd then the ferry sank. " * 80, "utf-8")
    document = services.run_until_end(import_file(services, tmp_path / "longer.txt")).result.document
    end = services.run_until_end(segment_memories.encode(services, document))
    assert end.result.segments > first.segments
    services.run_until_end(forgetting.forget(services, document))
    assert segment_memories.status(services, story(services)).complete


def test_it_is_asked_with_as_the_settings_and_the_question_say(services, monkeypatch):
    requests = []
    submit = type(services).submit

    def watched(self, runner, request, **options):
        requests.append(request.ask if isinstance(request, PreviewAsk) else request)
        return submit(self, runner, request, **options)

    monkeypatch.setattr(type(services), "submit", watched)
    document = story(services)
    for how in (asking.ask, asking.preview):
        for given, setting, used in (
            (None, True, True),
            (None, False, False),
            (False, True, False),
            (True, False, True),
        ):
            change_settings(services, {"use_segments": setting})
            services.run_until_end(how(services, document, "Who kept the key?", use_segments=given))
            assert requests[-1].use_segments is used
    services.run_until_end(asking.ask(services, document, "Who kept the key?", use_passages=False, use_segments=True))
    assert requests[-1].passages == ()  # nothing is to be picked
    encoded(services)
    services.run_until_end(asking.ask(services, document, "Who kept the key?", use_passages=False, use_segments=True))
    assert requests[-1].passages != () and not requests[-1].use_passages


def test_only_a_gist_is_compared_with_its_prompt(services):
    done = encoded(services)
    with pytest.raises(StorageError, match="only a gist is compared"):
        prompt_caches.compare(services, done.entry, "Who?")


# -- the shell ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(services, monkeypatch):
    monkeypatch.setattr("app.commands.options.open_services", lambda folder, **_: open_services(folder, echo=True))
    services.close()
    return services.data_dir


def call(folder, *words):
    return CliRunner().invoke(app, [*words, "--data-dir", str(folder)])


def read(folder, *words):
    """(exit status, result objects, error sentences)"""
    done = call(folder, *words, "--json")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    results = [line for line in lines if line["event"] == "result"]
    return done.exit_code, results, [line["message"] for line in lines if line["event"] == "error"]


def test_the_shell_prints_the_promised_object(folder):
    words = ["compress", "light", "--method", "segments"]
    status, (result,), _ = read(folder, *words, "--ratio", "8")
    assert status == 0
    assert {"segments", "tokens", "slots", "ratio", "bytes", "tokens_per_s"} <= result.keys()
    assert (result["method"], result["ratio"], result["in_use"]) == ("segments", 8.0, True)
    (kept,) = read(folder, "caches")[1]
    assert (kept["kind"], kept["in_use"], "ends" in kept["metrics"]) == ("segments", True, False)
    told = call(folder, *words).stdout
    assert "8 to 1" in told and "0 segments new" in told and "--no-segments" in told
    assert "is left aside" in call(folder, "caches", "stop-using", "1").stdout
    assert read(folder, *words)[1][0]["in_use"] is False
    assert read(folder, *words, "--use")[1][0]["in_use"] is True


def test_the_shell_refuses_what_does_not_go_together(folder, tmp_path):
    assert call(folder, "compress", "light", "--ratio", "8").exit_code == 2
    assert call(folder, "compress", "light", "--method", "segments", "--k", "4").exit_code == 2
    (tmp_path / "guide.md").write_text("Be kind.")
    status, _, (sentence,) = read(folder, "compress", str(tmp_path / "guide.md"), "--method", "segments")
    assert status == 1 and "import the file first" in sentence


def test_a_question_is_asked_without_it(folder):
    read(folder, "compress", "light", "--method", "segments")
    status, (result,), _ = read(folder, "ask", "light", "Who kept the key?", "--no-segments")
    assert status == 0 and (result["segments_used"], result["segment_tokens"]) == (0, 0)


def test_memories_list_it_leave_it_aside_and_forget_it(folder):
    read(folder, "compress", "light", "--method", "segments")
    (listed,) = read(folder, "memories")[1]
    assert (listed["kind"], listed["state"], listed["in_use"], listed["usable"]) == ("segments", "complete", True, True)
    assert read(folder, "memories", "light", "--leave")[1][0]["in_use"] is False
    assert read(folder, "memories", "light", "--use")[1][0]["in_use"] is True
    assert read(folder, "memories", "light", "--forget")[1][0]["forgotten_bytes"] == listed["bytes"]
    assert read(folder, "memories")[1] == []
