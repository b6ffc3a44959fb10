"""Fixtures every test may use: the developers' shared data. And how test files are dealt out to worker processes."""

from __future__ import annotations

import faulthandler
import gc
import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from _pytest.faulthandler import fault_handler_stderr_fd_key
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # tiny tensors: two threads would only wait for each other

hypothesis.settings.register_profile("any machine", deadline=None)  # no test is about speed
hypothesis.settings.load_profile("any machine")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real books, questions and files that developers have beside the checkout; users have none."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the developers' shared data is not beside this checkout")
    return folder


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """What a window had to itself goes on after it: places of crashes are told, garbage is collected on this thread.

    Python's own collector stays off where a window was (app.desktop.garbage), and not every test after it handles events.
    """
    yield
    if (terminal := item.config.stash.get(fault_handler_stderr_fd_key, None)) is not None:
        faulthandler.enable(terminal)  # a window's watch gave it to what is captured of this test
    if not gc.isenabled():
        from app.desktop.garbage import collect_due

        collect_due()


class FileScheduling(LoadFileScheduling):
    """`--dist loadfile` that gets over a crash.

    What xdist 3.8 does when a worker dies: it deals the crashing test out again, and finished files with it, for which
    workers then wait forever.
    """

    def remove_node(self, node: WorkerController) -> str | None:
        """The test that was running when the worker died, None if none was. The others it had go to other workers."""
        files = {
            name: [test for test, done in tests.items() if not done]
            for name, tests in self.assigned_work.pop(node).items()
        }
        left = [test for tests in files.values() for test in tests]
        if not left:
            return None
        for name, tests in files.items():
            if others := [test for test in tests if test != left[0]]:
                self.workqueue[name] = dict.fromkeys(others, False)
        for other in self.assigned_work:
            self._reschedule(other)
        return left[0]

    def _reschedule(self, node: WorkerController) -> None:
        """A worker begins a test when it has the next one or knows that there is none."""
        while self.workqueue and not node.shutting_down and self._pending_of(self.assigned_work[node]) <= 2:
            self._assign_work_unit(node)
        if not self.workqueue and not node.shutting_down:
            node.shutdown()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> FileScheduling | None:
    return FileScheduling(config, log) if config.getvalue("dist") == "loadfile" else None
