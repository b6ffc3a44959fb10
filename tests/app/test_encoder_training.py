"""What is known of a gist encoder's training beforehand: how long it takes here, and whether one was interrupted."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from app.operations import compressors, encoder_training, library
from app.operations.compressor_folders import CompressorMethod, training_folder
from app.operations.models import ECHO
from app.operations.opening import open_services
from engine.api import GistTraining
from engine.jobs import Progress
from engine.methods.gist.settings import resolve
from storage import jobs
from storage.memories import MemoryRow, put_memory


@pytest.fixture
def services(tmp_path, fake_gists):
    opened = open_services(tmp_path / "data", echo=True)
    yield opened
    opened.close()


@pytest.fixture
def stopped(services, fake_gists):
    """The folder of a training that was stopped after one of three steps."""
    fake_gists.stop_at_step = 1
    ticket = compressors.train(services)

    def stop(event):
        if isinstance(event, Progress) and event.done == 1:
            services.cancel(ticket)

    services.run_until_end(ticket, stop)
    fake_gists.stop_at_step = None
    return training_folder(services.data_dir, ECHO.identity)


def learned(services, tokens_per_s):
    (story,) = library.list_documents(services)
    values = {"memory_id": "m", "document_id": story.document_id, "kind": "temp_lora", "model_name": "echo"}
    values |= {"model_identity": ECHO.identity, "state": "complete", "folder": "memories/x", "bytes": 1, "tokens": 9}
    memory = MemoryRow(**values, metrics={"tokens_per_s": tokens_per_s}, attached=True, created_at=datetime.now(UTC))
    with services.database.session() as session:
        put_memory(session, memory)


def test_how_long_training_takes_is_known_from_learning(services):
    assert encoder_training.training_seconds(services) is None
    learned(services, 150.0)
    usual = resolve(GistTraining(), parameters=135_000_000, context_tokens=2048)
    assert usual.steps == encoder_training.USUAL_STEPS[CompressorMethod.GIST]
    exact = usual.steps * encoder_training.STEP_IN_LEARNED_TOKENS[CompressorMethod.GIST] / 150.0
    assert abs(encoder_training.training_seconds(services) - exact) <= 900
    assert encoder_training.training_seconds(services) % 1800 == 0
    assert encoder_training.training_seconds(services, steps=30) == 200.0


@pytest.mark.parametrize(("card", "seconds"), [({"seconds": 50, "steps": 100, "of_steps": 700}, 300.0), ({}, 19_800.0)])
def test_how_much_is_left_is_known_from_the_steps_that_were_taken(services, stopped, card, seconds):
    learned(services, 150.0)
    (stopped / "card.json").write_text(json.dumps({"model_identity": ECHO.identity, **card}))
    assert encoder_training.training_seconds(services) == seconds
    assert encoder_training.training_seconds(services, resume=False) == 19_800.0


def end_as(services, state):
    with services.database.session() as session:
        row = next(job for job in jobs.jobs(session, jobs.ENDED) if job.kind == compressors.KIND)
        jobs.update_job(session, row.row_id, state=state)


def test_what_a_crash_has_ended_is_interrupted_and_what_was_stopped_is_not(services, stopped):
    assert encoder_training.interrupted(services) == []
    end_as(services, "interrupted")
    assert encoder_training.interrupted(services) == ["echo"]
    services.run_until_end(compressors.train(services, resume=True))
    assert encoder_training.interrupted(services) == []


def test_what_cannot_go_on_is_not_offered(services, stopped):
    end_as(services, "interrupted")
    (stopped / compressors.CHECKPOINT_FILE).unlink()
    assert encoder_training.interrupted(services) == []
