"""What every `Runner` promises, a thread or a process: a job says some things, then exactly one end, and nothing after."""

from __future__ import annotations

import logging
import os
import queue
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.jobs import Failed, Finished, JobEvent, JobRunner, Lane, Progress, Runner, Stopped, is_end

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))  # what a process runs is imported by name there

from job_programs import (  # noqa: E402
    PROGRAM_REQUESTS,
    AskProcess,
    Deaf,
    Linger,
    Program,
    Say,
    Unsendable,
    program_event,
    program_handlers,
)

from engine.process import DIED, KILLED, ProcessRunner  # noqa: E402

logging.getLogger("engine.jobs").setLevel(logging.CRITICAL)  # the bugs and crashes below are meant
logging.getLogger("engine.process").setLevel(logging.CRITICAL)
ROOT = HERE.parents[1]
WAIT_S = 60

words = st.lists(st.sampled_from(["progress", "text"]), max_size=5).map(tuple)
programs = st.builds(
    Program, words, st.sampled_from(["return", "sentence", "bug", "panic"]), st.sampled_from(list(Lane))
)
crashing = st.builds(
    Program, words, st.sampled_from(["return", "sentence", "crash", "unsendable"]), st.sampled_from(list(Lane))
)
cancels = st.integers(0, 20)
EXPECTED = {
    "return": Finished("done"),
    "sentence": Failed("needs 9 GB, 8 GB are free"),
    "bug": Failed("Something went wrong inside Palimpsest (ZeroDivisionError); details are in the log.", False),
    "panic": Failed("Something went wrong inside Palimpsest (Panic); details are in the log.", False),
    "unsendable": Failed("Something went wrong inside Palimpsest (TypeError); details are in the log.", False),
    "crash": Failed(DIED),
}


def thread_runner() -> JobRunner:
    return JobRunner(program_handlers(), name="engine")


def process_runner() -> ProcessRunner:
    return ProcessRunner(program_handlers, PROGRAM_REQUESTS, name="engine")


@pytest.fixture(params=[thread_runner, process_runner])
def runner(request) -> Iterator[Runner]:
    made = request.param()
    yield made
    made.close()


@pytest.fixture(scope="module", params=[thread_runner, process_runner])
def long_lived(request) -> Iterator[Runner]:
    """One runner for many examples: starting a process for each would be the test."""
    made = request.param()
    yield made
    made.close()


@pytest.fixture
def process() -> Iterator[ProcessRunner]:
    made = process_runner()
    yield made
    made.close()


def ends_of(runner, job_ids) -> dict[int, list]:
    """Everything said until each of these jobs has ended."""
    said: dict[int, list] = {job_id: [] for job_id in job_ids}
    while not all(events and is_end(events[-1]) for events in said.values()):
        item: JobEvent = runner.events.get(timeout=WAIT_S)
        said[item.job_id].append(item.event)
    return said


def end_of(runner, job_id):
    return ends_of(runner, [job_id])[job_id][-1]


def wait_for(runner, kind) -> JobEvent:
    while True:
        item = runner.events.get(timeout=WAIT_S)
        if isinstance(item.event, kind):
            return item


def play(runner: Runner, schedule) -> list[tuple[Program, list]]:
    jobs: dict[int, Program] = {}
    for action in schedule:
        if isinstance(action, Program):
            jobs[runner.submit(action, lane=action.lane)] = action
        elif jobs:
            runner.cancel(sorted(jobs)[action % len(jobs)])
    said = ends_of(runner, jobs)
    with pytest.raises(queue.Empty):
        runner.events.get_nowait()
    assert runner.active_jobs() == []
    return [(program, said[job_id]) for job_id, program in jobs.items()]


def check_one_end(program: Program, said: list) -> None:
    assert [is_end(event) for event in said] == [False] * (len(said) - 1) + [True]
    expected = [program_event(place, word) for place, word in enumerate(program.says)]
    assert said[:-1] == expected[: len(said) - 1]  # in order, none lost, none twice


@settings(max_examples=60, deadline=None)
@given(schedule=st.lists(st.one_of(programs, cancels), max_size=12))
def test_every_job_ends_exactly_once_and_says_nothing_after(long_lived, schedule):
    for program, said in play(long_lived, schedule):
        check_one_end(program, said)
        if not isinstance(said[-1], Stopped):
            assert said[-1] == EXPECTED[program.ends]
            assert len(said) == len(program.says) + 1


@pytest.fixture(scope="module")
def crash_prone() -> Iterator[ProcessRunner]:
    made = process_runner()
    yield made
    made.close()


@settings(max_examples=12, deadline=None)
@given(schedule=st.lists(st.one_of(crashing, cancels), max_size=6))
def test_a_process_that_dies_ends_its_jobs_and_the_next_request_has_a_new_one(crash_prone, schedule):
    for program, said in play(crash_prone, schedule):
        check_one_end(program, said)
        assert said[-1] in (Stopped(), Failed(DIED), EXPECTED[program.ends])
    after = crash_prone.submit(Program((), "return", Lane.BACKGROUND), lane=Lane.BACKGROUND)
    assert end_of(crash_prone, after) in (Finished("done"), Failed(DIED))  # it may have been handed to the dying one
    again = crash_prone.submit(Program((), "return", Lane.BACKGROUND), lane=Lane.BACKGROUND)
    assert end_of(crash_prone, again) == Finished("done")


def test_a_request_nobody_handles_is_refused_at_once(runner):
    with pytest.raises(TypeError):
        runner.submit("x", lane=Lane.BACKGROUND)


def test_closing_ends_every_open_job(runner):
    ids = [runner.submit(Linger(), lane=Lane.BACKGROUND) for _ in range(3)]
    wait_for(runner, Progress)
    runner.close()
    runner.close()
    ends = ends_of(runner, ids)
    assert {job_id: said[-1] for job_id, said in ends.items()} == dict.fromkeys(ids, Stopped())
    with pytest.raises(RuntimeError):
        runner.submit(Linger(), lane=Lane.BACKGROUND)


def test_a_cancelled_job_stops_and_cleans_up(runner, tmp_path):
    life = tmp_path / "life"
    job = runner.submit(Linger(life), lane=Lane.BACKGROUND)
    wait_for(runner, Progress)
    runner.cancel(job)
    assert end_of(runner, job) == Stopped()
    assert life.read_text() == "cleaned up"


def test_closing_what_was_never_used_starts_nothing(process):
    process.close()
    assert process.process_id() is None


def test_closing_at_once_ends_what_was_just_asked_for(process):
    job = process.submit(Linger(), lane=Lane.BACKGROUND)
    process.close()
    assert end_of(process, job) == Stopped()


def test_an_interactive_job_is_served_while_a_background_job_runs(runner):
    background = runner.submit(Linger(), lane=Lane.BACKGROUND)
    wait_for(runner, Progress)
    said = end_beside_others(
        runner, runner.submit(Program(("text",), "return", Lane.INTERACTIVE), lane=Lane.INTERACTIVE)
    )
    assert said == Finished("done")
    assert runner.active_jobs() == [background]


def end_beside_others(runner, job_id):
    while True:
        item = runner.events.get(timeout=WAIT_S)
        if item.job_id == job_id and is_end(item.event):
            return item.event


def test_the_process_is_another_one_that_stands_back(process):
    assert process.process_id() is None
    job = process.submit(AskProcess(), lane=Lane.INTERACTIVE)
    pid, niceness, modules = end_of(process, job).result
    assert pid == process.process_id() != os.getpid()
    assert niceness > os.getpriority(os.PRIO_PROCESS, 0)
    assert not {"app", "storage", "PySide6", "torch"} & set(modules)


def test_a_killed_process_says_so_and_the_next_request_starts_another(process):
    open_jobs = [process.submit(Linger(), lane=lane) for lane in Lane]
    wait_for(process, Progress)
    first = process.process_id()
    os.kill(first, signal.SIGKILL)
    assert {said[-1] for said in ends_of(process, open_jobs).values()} == {Failed(KILLED)}
    job = process.submit(AskProcess(), lane=Lane.INTERACTIVE)
    assert end_of(process, job).result[0] not in (first, os.getpid())


def test_a_process_that_does_not_listen_is_killed_when_the_runner_closes(process):
    job = process.submit(Deaf(300), lane=Lane.BACKGROUND)
    wait_for(process, Progress)
    process.close(timeout_s=0.2)
    assert end_of(process, job) == Stopped()


def test_a_request_that_does_not_pickle_ends_as_a_bug(process, caplog):
    job = process.submit(Unsendable(threading.Lock()), lane=Lane.BACKGROUND)
    assert end_of(process, job) == EXPECTED["unsendable"]
    assert process.process_id() is None


def test_what_the_process_logs_is_logged_here(process, caplog):
    end_of(process, process.submit(Say("12 chunks"), lane=Lane.BACKGROUND))
    assert [(record.name, record.getMessage()) for record in caplog.records] == [("engine.test", "12 chunks")]


PARENT = """
import sys, time
sys.path.insert(0, {here!r})
from pathlib import Path
from engine.jobs import Lane, Progress
from engine.process import ProcessRunner
from job_programs import PROGRAM_REQUESTS, Linger, program_handlers
runner = ProcessRunner(program_handlers, PROGRAM_REQUESTS, name="engine")
runner.submit(Linger(Path({file!r})), lane=Lane.BACKGROUND)
while not isinstance(runner.events.get().event, Progress):
    pass
print(runner.process_id(), flush=True)
time.sleep(300)
"""


def test_the_process_does_not_outlive_a_killed_parent(tmp_path):
    code = textwrap.dedent(PARENT).format(here=str(HERE), file=str(tmp_path / "life"))
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    give_up_at = time.monotonic() + WAIT_S
    while is_alive(child):
        assert time.monotonic() < give_up_at
        time.sleep(0.02)
    assert (tmp_path / "life").read_text().startswith("running")  # it ended at once, in the middle of its work


def is_alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
