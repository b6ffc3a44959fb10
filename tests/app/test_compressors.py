"""Gist encoders: which one is used, training that can be stopped and gone on with, removing that can be undone."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from app.operations import compressors
from app.operations.compressor_folders import CompressorMethod, model_folder, own_encoder_folder, training_folder
from app.operations.models import ECHO
from app.operations.one_learns import LOCK_FILE
from app.operations.opening import open_services
from engine.api import CompressorScore, GistTraining, GradientMethod, SegmentTraining
from engine.jobs import Failed, Finished, Progress, Stopped
from engine.training_lock import holding
from storage import jobs
from storage.errors import StorageError


@pytest.fixture
def shipped(monkeypatch, tmp_path):
    folder = tmp_path / "shipped"
    monkeypatch.setattr("app.operations.compressor_folders._SHIPPED", folder)
    return folder / "echo" / "gist"


@pytest.fixture
def services(tmp_path, fake_gists, shipped):
    opened = open_services(tmp_path / "data", echo=True)
    yield opened
    opened.close()


def own(services):
    return own_encoder_folder(services.data_dir, ECHO.identity)


def trained(services, **options):
    end = services.run_until_end(compressors.train(services, **options))
    assert isinstance(end, Finished), end
    return end.result


def stopped(services, fake_gists, at, **options):
    fake_gists.stop_at_step = at
    ticket = compressors.train(services, **options)

    def stop(event):
        if isinstance(event, Progress) and event.done == at:
            services.cancel(ticket)

    assert isinstance(services.run_until_end(ticket, stop), Stopped)
    fake_gists.stop_at_step = None


def test_a_model_without_an_encoder_says_so(services):
    assert compressors.encoder_folder(services, ECHO) is None
    assert compressors.compressors_of(services, ECHO) == [] == compressors.compressors(services)
    with pytest.raises(StorageError, match="echo has no gist encoder yet"):
        compressors.check_has_encoder(services, ECHO)


def test_the_users_own_encoder_comes_before_the_one_that_ships(services, shipped, with_encoder):
    with_encoder(shipped, ECHO.identity)
    assert compressors.encoder_folder(services, ECHO) == shipped
    with_encoder(own(services), ECHO.identity)
    assert compressors.encoder_folder(services, ECHO) == own(services)
    mine, theirs = compressors.compressors_of(services, ECHO)
    assert (mine.own, mine.used, theirs.own, theirs.used) == (True, True, False, False)
    assert mine.bytes == sum(path.stat().st_size for path in own(services).iterdir())


@pytest.mark.parametrize("spoil", ["identity", "steps", "damage", "no card", "no weights", "a list"])
def test_an_encoder_that_is_not_of_this_model_is_never_used(services, shipped, with_encoder, spoil):
    folder = with_encoder(shipped, ECHO.identity)
    card = json.loads((folder / "card.json").read_text())
    changed = {
        "identity": json.dumps({**card, "model_identity": "another"}),
        "steps": json.dumps({**card, "steps": 0}),
        "damage": "{",
        "a list": "[]",
    }
    if spoil in changed:
        (folder / "card.json").write_text(changed[spoil])
    else:
        (folder / {"no card": "card.json", "no weights": "gist_encoder.safetensors"}[spoil]).unlink()
    assert compressors.encoder_folder(services, ECHO) is None
    assert compressors.compressors_of(services, ECHO) == []


def test_training_ends_with_an_encoder_in_its_place(services, fake_gists):
    scores = []
    ticket = compressors.train(services, config=GistTraining(steps=2))
    end = services.run_until_end(ticket, lambda event: scores.append(event.detail))
    assert isinstance(end, Finished) and end.result.folder == own(services)
    assert [score.step for score in scores if isinstance(score, CompressorScore)] == [0, 1, 2]
    assert compressors.encoder_folder(services, ECHO) == own(services)
    assert sorted(path.name for path in own(services).iterdir()) == ["card.json", "gist_encoder.safetensors"]
    (found,) = compressors.compressors_of(services, ECHO)
    assert found.ready and found.used and not found.resumable
    assert fake_gists.requests[0].data == () and fake_gists.requests[0].lock_file == services.data_dir / LOCK_FILE


def test_stopped_training_is_kept_and_gone_on_with(services, fake_gists, tmp_path):
    data = tmp_path / "prompts.jsonl"
    data.write_text('{"prompt": "a", "completion": "b"}')
    with pytest.raises(StorageError, match="was stopped here"):
        compressors.train(services, resume=True)
    stopped(services, fake_gists, 1, config=GistTraining(steps=3, seed=7), data=[data], licence="CC0-1.0")
    (begun,) = compressors.compressors_of(services, ECHO)
    assert begun.own and begun.ready and begun.resumable and begun.used
    trained(services, resume=True)
    first, second = fake_gists.requests
    assert second.resume and (second.data, second.config, second.licence) == (first.data, first.config, first.licence)
    assert second.data == (data.resolve(),)
    assert not training_folder(services.data_dir, ECHO.identity).exists()


LOOK = CompressorScore(1, 3, 8, 0.5, {1: 0.5, 8: 0.25}, {1: 0.4, 8: 0.75}, 2.0, 1.5)


def with_curve(folder, curve):
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps({**card, "licence": "CC0", "curve": curve}))


def test_an_encoder_has_its_curve_whoever_trained_it(services, shipped, with_encoder):
    with_curve(with_encoder(shipped, ECHO.identity), [asdict(LOOK)])
    with_curve(with_encoder(own(services), ECHO.identity), [asdict(LOOK), asdict(replace(LOOK, step=2))])
    mine, theirs = compressors.compressors_of(services, ECHO)
    assert mine.card.curve == (LOOK, replace(LOOK, step=2)) and theirs.card.curve == (LOOK,)
    assert mine.begun == theirs.begun == ()
    assert theirs.card.licence == "CC0"


def test_what_was_begun_has_its_own_curve(services, fake_gists, with_encoder):
    with_curve(with_encoder(own(services), ECHO.identity), [asdict(LOOK)])
    stopped(services, fake_gists, 2)
    with_curve(training_folder(services.data_dir, ECHO.identity), [asdict(replace(LOOK, step=0))])
    (found,) = compressors.compressors_of(services, ECHO)
    assert (found.card.curve, found.begun) == ((LOOK,), (replace(LOOK, step=0),))


@pytest.mark.parametrize("curve", [None, 5, ["x"], [{}], [{**asdict(LOOK), "divergence": {}}], [{"step": 1}]])
def test_a_curve_that_cannot_be_read_costs_the_curve_only(services, with_encoder, curve):
    with_curve(with_encoder(own(services), ECHO.identity), curve)
    (found,) = compressors.compressors_of(services, ECHO)
    assert found.used and found.card.curve == () and found.card.licence == "CC0"


def test_what_was_there_before_is_used_until_training_is_over(services, fake_gists, with_encoder):
    before = with_encoder(own(services), ECHO.identity)
    (before / "card.json").write_text(json.dumps({"model_identity": "echo", "steps": 99, "of_steps": 99}))
    stopped(services, fake_gists, 2)
    assert compressors.encoder_folder(services, ECHO) == before
    (found,) = compressors.compressors_of(services, ECHO)
    assert found.card.steps == 99 and found.resumable
    trained(services)
    (found,) = compressors.compressors_of(services, ECHO)
    assert found.card.steps == 3 and not found.resumable


def test_a_file_that_goes_while_its_size_is_asked_counts_nothing(services, fake_gists, monkeypatch):
    stopped(services, fake_gists, 1)
    folder = training_folder(services.data_dir, ECHO.identity)
    part = folder / "checkpoint.safetensors.part"
    part.write_bytes(b"half a checkpoint")
    is_file = Path.is_file

    def then_gone(path):
        was_there = is_file(path)
        if path == part:
            path.unlink(missing_ok=True)
        return was_there

    monkeypatch.setattr(Path, "is_file", then_gone)
    (found,) = compressors.compressors_of(services, ECHO)
    assert found.bytes == sum(path.stat().st_size for path in folder.iterdir()) and not part.exists()


@pytest.mark.parametrize("stuck", ["gist", "gist-training"])
def test_a_folder_that_cannot_be_moved_leaves_what_was_there_in_use(services, with_encoder, monkeypatch, stuck):
    before = with_encoder(own(services), ECHO.identity)
    (before / "card.json").write_text(json.dumps({"model_identity": "echo", "steps": 99, "of_steps": 99}))
    move = Path.replace

    def held(path, target):
        if path.name == stuck:
            raise PermissionError(13, "another program holds it")
        return move(path, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", held)
        end = services.run_until_end(compressors.train(services))
    assert isinstance(end, Failed) and "another program holds it" in end.message
    (found,) = compressors.compressors_of(services, ECHO)
    assert found.used and found.folder == before and found.card.steps == 99
    with services.database.session() as session:
        assert [job.state for job in jobs.jobs(session, jobs.ENDED) if job.kind == compressors.KIND] == ["failed"]
    trained(services, resume=True)
    assert sorted(path.name for path in model_folder(services.data_dir, ECHO.identity).iterdir()) == ["gist"]


def test_one_encoder_is_trained_at_a_time_and_nothing_is_learned_meanwhile(services, fake_gists):
    fake_gists.stop_at_step = 0
    ticket = compressors.train(services)
    with pytest.raises(StorageError, match="is being trained"):
        compressors.train(services)
    with pytest.raises(StorageError, match="is being trained"):
        compressors.remove(services)
    services.cancel(ticket)
    services.run_until_end(ticket)
    fake_gists.stop_at_step = None
    steps = holding(services.data_dir / LOCK_FILE, iter([None]))
    next(steps)
    try:
        with services.database.session() as session:
            before = jobs.jobs(session, jobs.ENDED)
        with pytest.raises(StorageError, match="Another Palimpsest is learning"):
            compressors.train(services)
        with services.database.session() as session:
            assert jobs.jobs(session, (*jobs.UNDER_WAY, *jobs.ENDED)) == before
    finally:
        steps.close()


def test_files_that_are_not_there_are_named_before_anything_begins(services, fake_gists, tmp_path):
    with pytest.raises(StorageError, match=r"no file .*nothing\.jsonl"):
        compressors.train(services, data=[tmp_path / "nothing.jsonl"])
    assert fake_gists.requests == [] and services.open_tickets() == []


def test_what_was_removed_can_be_put_back(services, with_encoder):
    with pytest.raises(StorageError, match="No such compressor was trained for echo"):
        compressors.remove(services)
    with_encoder(own(services), ECHO.identity)
    removed = compressors.remove(services)
    assert compressors.encoder_folder(services, ECHO) is None
    compressors.put_back(removed)
    assert compressors.encoder_folder(services, ECHO) == own(services)
    removed = compressors.remove(services)
    compressors.purge_removed(services)
    with pytest.raises(StorageError, match="for good"):
        compressors.put_back(removed)
    assert not list((services.data_dir / "compressors").rglob("*.safetensors"))


def test_the_one_that_ships_stays(services, shipped, with_encoder):
    with_encoder(shipped, ECHO.identity)
    with pytest.raises(StorageError, match="comes with Palimpsest"):
        compressors.remove(services)


def test_the_jobs_row_tells_how_training_ended(services, fake_gists):
    stopped(services, fake_gists, 1)
    trained(services)
    with services.database.session() as session:
        states = [job.state for job in jobs.jobs(session, jobs.ENDED) if job.kind == compressors.KIND]
    assert states == ["stopped", "done"]


def test_the_real_engine_says_that_the_echo_backend_cannot_be_trained_with(tmp_path):
    opened = open_services(tmp_path / "other", echo=True)
    try:
        end = opened.run_until_end(compressors.train(opened))
        assert isinstance(end, Failed) and "echo cannot be trained with" in end.message
        assert not model_folder(opened.data_dir, ECHO.identity).exists()
    finally:
        opened.close()


# -- segment compressors ---------------------------------------------------------------------------------------------

SEGMENTS = CompressorMethod.SEGMENTS


@pytest.fixture
def books(tmp_path):
    (tmp_path / "books").mkdir()
    return tmp_path / "books"


def test_a_model_has_a_compressor_of_each_kind_and_neither_is_the_other(services, fake_gists, books):
    trained(services)
    assert compressors.segment_compressor_folder(services, ECHO) is None
    made = trained(services, method=SEGMENTS, data=[books])
    folder = own_encoder_folder(services.data_dir, ECHO.identity, SEGMENTS)
    assert compressors.segment_compressor_folder(services, ECHO) == folder == made.folder
    assert not (folder / compressors.CHECKPOINT_FILE).exists()
    assert compressors.encoder_folder(services, ECHO) == own(services)
    (gist,), (segments,) = compressors.compressors(services), compressors.compressors(services, SEGMENTS)
    assert (gist.method, segments.method) == (CompressorMethod.GIST, SEGMENTS)

    removed = compressors.remove(services, method=SEGMENTS)
    assert compressors.segment_compressor_folder(services, ECHO) is None
    assert compressors.encoder_folder(services, ECHO) == own(services)
    compressors.put_back(removed)
    assert compressors.segment_compressor_folder(services, ECHO) == folder
    removed = compressors.remove(services, method=SEGMENTS)
    trained(services, method=SEGMENTS, data=[books])
    with pytest.raises(StorageError, match="trained meanwhile"):
        compressors.put_back(removed)


def test_a_segment_compressors_training_goes_on_with_what_it_began_with(services, fake_gists, books):
    config = SegmentTraining(steps=4, hold_out=("Austen", "Doyle"), gradient=GradientMethod.RESERVOIR, window=3)
    stopped(services, fake_gists, 2, method=SEGMENTS, data=[books], config=config, licence="public domain")
    (begun,) = compressors.compressors_of(services, ECHO, SEGMENTS)
    assert begun.resumable and not compressors.compressors_of(services, ECHO)
    with pytest.raises(StorageError, match="was stopped here"):
        compressors.train(services, resume=True)  # no gist encoder was begun
    trained(services, method=SEGMENTS, resume=True)
    request = fake_gists.requests[-1]
    assert (request.config, request.data, request.licence) == (config, (books,), "public domain") and request.resume


def test_what_is_trained_further_begins_with_the_compressor_in_use(services, fake_gists, books):
    further = SegmentTraining(steps=2, further=True)
    with pytest.raises(StorageError, match="no segment compressor yet"):
        compressors.train(services, method=SEGMENTS, data=[books], config=further)
    assert services.open_tickets() == []
    first = trained(services, method=SEGMENTS, data=[books])
    trained(services, method=SEGMENTS, data=[books], config=further)
    assert fake_gists.requests[-1].begin_with == first.folder and fake_gists.requests[0].begin_with is None


def test_segment_compressors_are_trained_on_books_of_the_users_and_on_nothing_else(services, fake_gists):
    with pytest.raises(StorageError, match="books as plain text"):
        compressors.train(services, method=SEGMENTS)
    assert fake_gists.requests == [] and services.open_tickets() == []


def test_both_kinds_for_one_model_may_wait_for_each_other(services, fake_gists, books):
    fake_gists.stop_at_step = 1
    gist = compressors.train(services)
    segments = compressors.train(services, method=SEGMENTS, data=[books])
    assert {gist.kind, segments.kind} == {compressors.KIND, compressors.SEGMENTS_KIND}
    with pytest.raises(StorageError, match="is being trained"):
        compressors.remove(services, method=SEGMENTS)
    fake_gists.stop_at_step = None
    assert isinstance(services.run_until_end(gist), Finished)
    assert isinstance(services.run_until_end(segments), Finished)


def test_a_shipped_segment_compressor_is_used_and_stays(services, tmp_path, with_encoder):
    folder = with_encoder(tmp_path / "shipped" / "echo" / "segments", ECHO.identity)
    assert compressors.segment_compressor_folder(services, ECHO) is None  # its weights are not there
    (folder / compressors.SEGMENT_COMPRESSOR_FILE).write_bytes(b"weights")
    assert compressors.segment_compressor_folder(services, ECHO) == folder
    with pytest.raises(StorageError, match="comes with Palimpsest"):
        compressors.remove(services, method=SEGMENTS)
