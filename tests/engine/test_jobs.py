"""The one invariant of the house: a job says some things, then exactly one end event, and nothing after."""

from __future__ import annotations

import logging
import threading
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import EngineError
from engine.jobs import (
    Failed,
    Finished,
    Interrupted,
    JobEvent,
    JobRunner,
    Lane,
    Progress,
    Stopped,
    Text,
    beside,
    cancel_requested,
    is_end,
    run_to_end,
)

logging.getLogger("engine.jobs").setLevel(logging.CRITICAL)  # the bugs below are meant


class Panic(BaseException):
    """As native libraries raise it: not an Exception."""


@dataclass(frozen=True)
class Program:
    """A handler's life: what it says, and how it ends: "return" | "sentence" | "bug" | "panic"."""

    says: tuple[str, ...]
    ends: str
    lane: Lane


@dataclass(frozen=True)
class Submit:
    program: Program


@dataclass(frozen=True)
class Cancel:
    """The n-th job submitted so far, counted around."""

    which: int


programs = st.builds(
    Program,
    says=st.lists(st.sampled_from(["progress", "text"]), max_size=5).map(tuple),
    ends=st.sampled_from(["return", "sentence", "bug", "panic"]),
    lane=st.sampled_from(list(Lane)),
)
actions = st.one_of(st.builds(Submit, programs), st.builds(Cancel, st.integers(0, 20)))
schedules = st.lists(st.tuples(st.integers(0, 25), actions), max_size=12)


class Stage:
    """Runs programs on a JobRunner and acts on it from within their steps, so that every schedule is exact."""

    def __init__(self, schedule: list[tuple[int, Submit | Cancel]]) -> None:
        self._schedule = schedule
        self._open = threading.Event()
        self.jobs: dict[int, Program] = {}
        self.trace: list[tuple[str, int]] = []
        self.cleaned_up: list[str] = []
        self.runner = JobRunner({Program: self._play, str: self._gate}, name="stage")

    def run(self) -> list[JobEvent]:
        gate = self.runner.submit("gate", lane=Lane.INTERACTIVE)
        for _, action in [item for item in self._schedule if item[0] == 0]:
            self._act(action)
        self._open.set()
        events: list[JobEvent] = []
        while self.runner.active_jobs() or not self.runner.events.empty():
            event = self.runner.events.get(timeout=10)
            if event.job_id != gate:
                events.append(event)
        self.runner.close()
        assert self.runner.events.empty()
        return events

    def _gate(self, _: str) -> Generator[Progress, None, None]:
        self._open.wait(10)
        yield Progress("open", 1)

    def _act(self, action: Submit | Cancel) -> None:
        if isinstance(action, Submit):
            job_id = self.runner.submit(action.program, lane=action.program.lane)
            self.jobs[job_id] = action.program
            self.trace.append(("submit", job_id))
        elif self.jobs:
            job_id = sorted(self.jobs)[action.which % len(self.jobs)]
            self.trace.append(("cancel", job_id))
            self.runner.cancel(job_id)

    def _step(self, job_id: int) -> None:
        self.trace.append(("step", job_id))
        now = sum(1 for what, _ in self.trace if what == "step")
        for _, action in [item for item in self._schedule if item[0] == now]:
            self._act(action)

    def _play(self, program: Program) -> Generator[Progress | Text, None, str]:
        job_id = next(i for i, p in self.jobs.items() if p is program)
        try:
            for place, word in enumerate(program.says):
                self._step(job_id)
                yield Progress("work", place) if word == "progress" else Text(str(place))
            self._step(job_id)
            if program.ends == "sentence":
                raise EngineError("needs 9 GB, 8 GB are free")
            if program.ends == "bug":
                raise ZeroDivisionError
            if program.ends == "panic":
                raise Panic
            return "done"
        finally:
            self.trace.append(("clean up", job_id))


def play(schedule: list[tuple[int, Submit | Cancel]]) -> tuple[Stage, list[JobEvent]]:
    copies = [
        (at, Submit(Program(action.program.says, action.program.ends, action.program.lane)))
        if isinstance(action, Submit)
        else (at, action)
        for at, action in schedule
    ]
    stage = Stage(copies)
    return stage, stage.run()


@settings(max_examples=150, deadline=None)
@given(schedules)
def test_every_job_ends_exactly_once_and_says_nothing_after(schedule):
    stage, events = play(schedule)
    for job_id, program in stage.jobs.items():
        said = [item.event for item in events if item.job_id == job_id]
        assert [is_end(event) for event in said] == [False] * (len(said) - 1) + [True]
        expected = [
            Progress("work", place) if word == "progress" else Text(str(place))
            for place, word in enumerate(program.says)
        ]
        assert said[:-1] == expected[: len(said) - 1]  # in order, none lost, none twice
        if not isinstance(said[-1], Stopped):
            assert len(said) == len(expected) + 1
            assert (type(said[-1]), getattr(said[-1], "expected", None)) == {
                "return": (Finished, None),
                "sentence": (Failed, True),
                "bug": (Failed, False),
                "panic": (Failed, False),
            }[program.ends]


@settings(max_examples=150, deadline=None)
@given(schedules)
def test_an_interactive_job_runs_at_the_next_yield_of_a_background_job(schedule):
    stage, _ = play(schedule)
    waiting: list[int] = []
    for what, job_id in stage.trace:
        interactive = stage.jobs[job_id].lane is Lane.INTERACTIVE
        if what == "submit" and interactive:
            waiting.append(job_id)
        elif what in ("clean up", "cancel") and job_id in waiting:
            waiting.remove(job_id)
        elif what == "step" and waiting:
            assert job_id == waiting[0] or (
                interactive and job_id not in waiting
            )  # the latter was cancelled in its step
            assert interactive


@settings(max_examples=150, deadline=None)
@given(schedules)
def test_a_cancelled_job_takes_no_further_step_and_ends_before_others_go_on(schedule):
    stage, events = play(schedule)
    cancelled: set[int] = set()
    started: set[int] = set()
    cleaned: set[int] = set()
    for what, job_id in stage.trace:
        if what == "cancel":
            cancelled.add(job_id)
        elif what == "step":
            assert job_id not in cancelled
            assert not (cancelled & started) - cleaned  # whoever was cancelled has cleaned up by now
            started.add(job_id)
        elif what == "clean up":
            cleaned.add(job_id)
    assert started == cleaned
    ended_by_itself = {item.job_id for item in events if isinstance(item.event, Finished | Failed)}
    assert not (set(stage.jobs) - started) & ended_by_itself


def test_background_jobs_run_one_after_the_other():
    first, second = (Program(("text",) * 3, "return", Lane.BACKGROUND) for _ in range(2))
    stage, _ = play([(0, Submit(first)), (0, Submit(second))])
    steps = [job_id for what, job_id in stage.trace if what == "step"]
    assert steps == sorted(steps)


def test_closing_ends_every_open_job():
    entered, hold = threading.Event(), threading.Event()

    def wait_forever(_: str) -> Generator[Progress, None, None]:
        entered.set()
        while not hold.wait(0.001):
            yield Progress("waiting", 0)

    runner = JobRunner({str: wait_forever}, name="closing")
    ids = [runner.submit("x", lane=Lane.BACKGROUND) for _ in range(3)]
    assert entered.wait(10)
    runner.close()
    ends: dict[int, Any] = {}
    while not runner.events.empty():
        item = runner.events.get()
        assert item.job_id not in ends
        if is_end(item.event):
            ends[item.job_id] = item.event
    assert ends == dict.fromkeys(ids, Stopped())
    with pytest.raises(RuntimeError):
        runner.submit("x", lane=Lane.BACKGROUND)


def test_a_request_nobody_handles_is_refused_at_once():
    runner = JobRunner({}, name="empty")
    with pytest.raises(TypeError):
        runner.submit("x", lane=Lane.BACKGROUND)
    runner.close()


def test_a_long_call_runs_beside_and_the_job_can_be_stopped_meanwhile():
    hold, threads = threading.Event(), []

    def long_call() -> int:
        threads.append(threading.current_thread())
        hold.wait(10)
        return 3

    steps = beside(long_call)
    assert next(steps) is None and next(steps) is None
    steps.close()  # at once, though the call goes on
    hold.set()
    threads[0].join()
    assert run_to_end(beside(long_call)) == 3
    assert threading.current_thread() not in threads


@pytest.mark.parametrize("problem", [EngineError("needs 9 GB"), Panic()])
def test_what_a_call_beside_raises_is_raised_in_the_job(problem):
    def fail() -> None:
        raise problem

    with pytest.raises(type(problem)):
        run_to_end(beside(fail))


def test_run_to_end_closes_a_handler_that_its_caller_gave_up():
    cleaned = []

    def handler() -> Generator[Progress, None, None]:
        try:
            yield Progress("a", 1)
        finally:
            cleaned.append(True)

    def give_up(_: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_to_end(handler(), give_up)
    assert cleaned == [True]


def test_a_long_call_asks_whether_its_own_job_is_to_stop_and_ends_it_as_stopped():
    """The one that is cancelled, not the one beside it; and outside of jobs nobody is."""
    said: list[tuple[str, bool]] = []
    cleaned_up: list[str] = []

    def call(name: str):
        yield Progress(name, 0)
        assert submitted.wait(timeout=10)
        if name == "cancelled":
            runner.cancel(jobs[0])
        said.append((name, cancel_requested()))
        try:
            if cancel_requested():
                raise Interrupted
        finally:
            cleaned_up.append(name)
        return name

    runner = JobRunner({str: call}, name="asked")
    jobs: list[int] = []
    submitted = threading.Event()
    try:
        jobs += [runner.submit(name, lane=Lane.INTERACTIVE) for name in ("cancelled", "other")]
        submitted.set()
        ends: dict[int, Any] = {}
        while len(ends) < 2:
            event = runner.events.get(timeout=10)
            if is_end(event.event):
                ends[event.job_id] = event.event
    finally:
        runner.close()
    assert ends == {jobs[0]: Stopped(), jobs[1]: Finished("other")}
    assert said == [("cancelled", True), ("other", False)] and cleaned_up == ["cancelled", "other"]
    assert not cancel_requested()
