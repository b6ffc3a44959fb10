"""What an abort in native code costs: the job it happens in. What was learned beside it goes on by itself, to the same bytes."""

from __future__ import annotations

import hashlib
import logging
import os
import queue
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))  # what a process runs is imported by name there

from aborting_engine import Abort, Count, aborting_handlers  # noqa: E402

from engine.api import ADAPTER_FILE, REQUESTS, ChunkScore, Learn, LearnConfig  # noqa: E402
from engine.jobs import Event, Failed, Finished, JobEvent, Lane, Progress, Stopped, is_end  # noqa: E402
from engine.process import DIED, DIED_BESIDE, KILLED, MAX_RESTARTS, ProcessRunner  # noqa: E402

logging.getLogger("engine.process").setLevel(logging.CRITICAL)  # the crashes below are meant
TEXT = " ".join(["Mira keeps the lighthouse of Oster. Who keeps the lighthouse? In 1814 nobody did."] * 14)
SMALL = LearnConfig(chunk_tokens=16, window_tokens=64, reread_tokens=16, rank=4, learning_rate=1e-2, base_every=1)
CHUNKS_A_WINDOW = 4
WAIT_S = 120


@pytest.fixture
def process() -> Iterator[ProcessRunner]:
    made = ProcessRunner(aborting_handlers, (*REQUESTS, Abort, Count), name="engine")
    yield made
    made.close()


@pytest.fixture
def lesson(family_model, tmp_path) -> Learn:
    return Learn(family_model("llama"), TEXT, tmp_path / "memory", SMALL)


def next_event(process: ProcessRunner) -> JobEvent:
    return process.events.get(timeout=WAIT_S)


def end_of(process: ProcessRunner, job_id: int, said: list[JobEvent] | None = None) -> Event:
    while True:
        item = next_event(process)
        if said is not None:
            said.append(item)
        if item.job_id == job_id and is_end(item.event):
            return item.event


def ordinals(said: list[JobEvent], job_id: int) -> list[int]:
    told = [item.event for item in said if item.job_id == job_id]
    return [one.detail.ordinal for one in told if isinstance(one, Progress) and isinstance(one.detail, ChunkScore)]


def until_chunk(process: ProcessRunner, job_id: int, ordinal: int) -> None:
    said: list[JobEvent] = []
    while ordinal not in ordinals(said, job_id):
        said.append(next_event(process))
        assert not is_end(said[-1].event), said[-1]


def sha256(folder: Path) -> str:
    return hashlib.sha256((folder / ADAPTER_FILE).read_bytes()).hexdigest()


def test_learning_goes_on_by_itself_when_a_question_ends_the_process(process, lesson, llama_library):
    learning = process.submit(lesson, lane=Lane.BACKGROUND)
    until_chunk(process, learning, 9)
    first_process = process.process_id()
    said: list[JobEvent] = []
    assert end_of(process, process.submit(Abort("ggml"), lane=Lane.INTERACTIVE), said) == Failed(DIED_BESIDE)
    assert process.active_jobs() == [learning]
    before = max([9, *ordinals(said, learning)])
    said.clear()
    assert isinstance(end_of(process, learning, said), Finished) and process.process_id() != first_process
    assert (
        0 <= before + 1 - ordinals(said, learning)[0] <= CHUNKS_A_WINDOW
    )  # never more than one window is learned again
    undisturbed = process.submit(replace(lesson, folder=lesson.folder.with_name("undisturbed")), lane=Lane.BACKGROUND)
    assert isinstance(end_of(process, undisturbed), Finished)
    assert sha256(lesson.folder) == sha256(lesson.folder.with_name("undisturbed"))


def until_counted(process: ProcessRunner, job_id: int) -> None:
    while not (isinstance((item := next_event(process)).event, Progress) and item.job_id == job_id):
        assert not is_end(item.event)


def test_what_knows_how_to_go_on_does_and_ends_once(process, tmp_path):
    counting, said = process.submit(Count(tmp_path / "count", 300), lane=Lane.BACKGROUND), []
    until_counted(process, counting)
    for how in ("abort", "segfault"):
        assert end_of(process, process.submit(Abort(how), lane=Lane.INTERACTIVE), said) == Failed(DIED_BESIDE)
    assert end_of(process, counting, said) == Finished(300)
    told = [item.event.done for item in said if isinstance(item.event, Progress)]
    assert sorted(set(told)) == told  # from where it was kept: nothing twice, nothing backwards
    assert sum(item.job_id == counting and is_end(item.event) for item in said) == 1
    with pytest.raises(queue.Empty):
        process.events.get_nowait()


def test_what_ends_the_process_in_the_background_is_not_tried_again(process, tmp_path):
    job = process.submit(Abort(), lane=Lane.BACKGROUND)
    waiting = process.submit(Count(tmp_path / "count", 3), lane=Lane.BACKGROUND)
    assert {said for said in (end_of(process, job), end_of(process, waiting))} == {Failed(DIED)}
    assert process.active_jobs() == []
    assert end_of(process, process.submit(Count(tmp_path / "count", 3), lane=Lane.INTERACTIVE)) == Finished(3)


def test_what_was_stopped_is_not_taken_up_again(process, tmp_path):
    counting = process.submit(Count(tmp_path / "count", 10**6), lane=Lane.BACKGROUND)
    until_counted(process, counting)
    process.submit(Abort(), lane=Lane.INTERACTIVE)
    process.cancel(counting)
    assert end_of(process, counting) == Stopped()


def test_what_a_crash_meets_again_and_again_is_left_alone_in_the_end(process, tmp_path):
    counting = process.submit(Count(tmp_path / "count", 10**6), lane=Lane.BACKGROUND)
    for _ in range(MAX_RESTARTS):
        until_counted(process, counting)
        assert end_of(process, process.submit(Abort(), lane=Lane.INTERACTIVE)) == Failed(DIED_BESIDE)
    until_counted(process, counting)
    process.submit(Abort(), lane=Lane.INTERACTIVE)
    assert end_of(process, counting) == Failed(DIED)


def test_where_the_system_took_the_memory_back_nothing_starts_by_itself(process, tmp_path):
    counting = process.submit(Count(tmp_path / "count", 10**6), lane=Lane.BACKGROUND)
    until_counted(process, counting)
    waiting = process.submit(Count(tmp_path / "other", 10**6), lane=Lane.INTERACTIVE)
    until_counted(process, waiting)
    os.kill(process.process_id(), signal.SIGKILL)
    assert end_of(process, counting) == end_of(process, waiting) == Failed(KILLED)
