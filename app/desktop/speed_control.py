"""How fast models are is measured from here: when the user wants it, and once for the model in use, when nothing else is to be done.

What nobody asked for begins a moment after the last job has ended, on a machine that has nothing else to do. It stops as soon as another
job begins and is tried again after that one; not if it has failed, or if the user has stopped it.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from app.desktop.bridge import Bridge, JobHandle
from app.operations import model_speeds

IDLE_MS = 1500
"""So long nothing was done before something is that nobody asked for."""
LATER_MS = 60_000
"""When it is tried again on a machine that is busy."""

_PASSING = frozenset({"describe_engine", "preview_ask", model_speeds.KIND})
"""Jobs over in a moment, which the window starts by itself."""


class SpeedControl(QObject):
    """One per window. started: name and handle of every measurement. changed: one has ended. refused: name, and why it was not done."""

    started = Signal(str, object)
    changed = Signal()
    refused = Signal(str, str)

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._running: dict[str, JobHandle] = {}
        self._unasked: JobHandle | None = None
        self._before: set[JobHandle] = set()
        """What it gives way to."""
        self._left: set[str] = set()
        """Models that are not measured again unasked."""
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.timeout.connect(self._consider)
        bridge.job_started.connect(self._on_job)

    def measure(self, name: str) -> JobHandle:
        """Measure a model; the job that is at it already, if one is."""
        running = self._running.get(name)
        if running is not None:
            self._unasked = None if running is self._unasked else self._unasked  # from now on the user wants it
            return running
        services = self._bridge.services
        handle = self._bridge.start(model_speeds.KIND, lambda: model_speeds.measure_speed(services, name))
        self._running[name] = handle
        handle.failed.connect(lambda sentence: self._on_failed(name, handle, sentence))
        handle.ended.connect(lambda: self._on_ended(name, handle))
        return handle

    def stop(self, name: str) -> None:
        handle = self._running.get(name)
        if handle is not None:
            self._bridge.cancel(handle)

    def running(self, name: str) -> JobHandle | None:
        return self._running.get(name)

    # -- by itself -------------------------------------------------------------------------------------------------

    def _consider(self) -> None:
        services = self._bridge.services
        if not self._before and not self._running:
            self._bridge.query(lambda: model_speeds.unmeasured_model(services), self._look_around)

    def _look_around(self, name: str) -> None:
        if name and name not in self._left:
            self._bridge.query(model_speeds.is_quiet, lambda is_quiet: self._measure_unasked(name, is_quiet))

    def _measure_unasked(self, name: str, is_quiet: bool) -> None:
        if self._before or self._running:
            return
        if is_quiet:
            self._unasked = self.measure(name)
        else:
            self._idle.start(LATER_MS)

    def _on_job(self, handle: JobHandle) -> None:
        if handle.kind == model_speeds.KIND and handle.ticket is not None:
            self.started.emit(handle.ticket.title, handle)
        elif handle.kind not in _PASSING:
            self._idle.stop()
            self._before.add(handle)
            handle.ended.connect(lambda: self._on_way_free(handle))
            if self._unasked is not None:
                unasked, self._unasked = self._unasked, None
                self._bridge.cancel(unasked)

    def _on_way_free(self, handle: JobHandle) -> None:
        self._before.discard(handle)
        if not self._before:
            self._idle.start(IDLE_MS)

    def _on_failed(self, name: str, handle: JobHandle, sentence: str) -> None:
        if handle is not self._unasked:
            self.refused.emit(name, sentence)

    def _on_ended(self, name: str, handle: JobHandle) -> None:
        del self._running[name]
        if handle is self._unasked:  # it did not give way: it is done, has failed, or the user has stopped it
            self._unasked = None
            self._left.add(name)
        self.changed.emit()
