"""The computer stays awake while it learns: the system's own inhibitor is held, and given back at the end.

Linux: `systemd-inhibit` holds the lock as long as its child lives; the child reads our pipe and so ends with us, also
after kill -9. macOS: `caffeinate -w` with our process id. Windows: SetThreadExecutionState. Where there is none of them,
nothing is held and nothing is said: sleeping is then the user's affair.
"""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys

from app.desktop.bridge import Bridge, JobHandle
from app.operations.settings import Settings, settings

log = logging.getLogger(__name__)

KINDS = ("learn", "download", "prepare_model", "train_compressor", "train_segment_compressor")
_ES_CONTINUOUS, _ES_SYSTEM_REQUIRED = 0x80000000, 0x00000001


class KeepAwake:
    """Follows the window's jobs; holds the lock while one of KINDS runs and the user has not decided otherwise."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._jobs: set[JobHandle] = set()
        self._lock = SleepLock()
        bridge.job_started.connect(self._on_job)

    def _on_job(self, handle: JobHandle) -> None:
        if handle.kind in KINDS and not handle.is_over:
            self._jobs.add(handle)
            handle.ended.connect(lambda: self._on_ended(handle))
            services = self._bridge.services
            self._bridge.query(lambda: settings(services), self._hold)

    def _hold(self, decided: Settings) -> None:
        if self._jobs and decided.inhibit_sleep:
            self._lock.hold()

    def _on_ended(self, handle: JobHandle) -> None:
        self._jobs.discard(handle)
        if not self._jobs:
            self._lock.release()


class SleepLock:
    """Held or not; holding twice is holding once."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._is_held = False

    @property
    def is_held(self) -> bool:
        return self._is_held

    def hold(self) -> None:
        if self._is_held:
            return
        if sys.platform == "win32":
            self._is_held = _tell_windows(_ES_CONTINUOUS | _ES_SYSTEM_REQUIRED)
            return
        command = inhibitor_command()
        if command is None:
            return
        try:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        except OSError as problem:
            log.info("the sleep inhibitor cannot be started: %s", problem.strerror)
            return
        self._is_held = True

    def release(self) -> None:
        """Give the lock back. Waits for the child, which ends at once."""
        if sys.platform == "win32" and self._is_held:
            _tell_windows(_ES_CONTINUOUS)
        if self._process is not None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            if sys.platform == "darwin":
                self._process.terminate()
            try:
                self._process.wait(timeout=2)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        self._is_held = False


def inhibitor_command() -> list[str] | None:
    """The program that keeps this system awake; None where there is none."""
    if sys.platform == "darwin" and (caffeinate := shutil.which("caffeinate")):
        return [caffeinate, "-i", "-w", str(os.getpid())]
    if sys.platform.startswith("linux") and (inhibit := shutil.which("systemd-inhibit")):
        why = ["--what=sleep:idle", "--who=Palimpsest", "--why=Learning", "--mode=block"]
        return [inhibit, *why, "cat"]
    return None


def _tell_windows(state: int) -> bool:
    if sys.platform == "win32":
        import ctypes

        return bool(ctypes.windll.kernel32.SetThreadExecutionState(state))
    return False
