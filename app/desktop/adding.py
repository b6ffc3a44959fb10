"""Adding files and folders to the library: the dialogs that choose them, the jobs that read them, what came of it.

Knows the bridge, the banner and the report. Knows nothing of the shelf but that it has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from app.desktop.bridge import Bridge, JobHandle
from app.desktop.import_words import needs_a_look
from app.desktop.widgets.banner import Banner
from app.desktop.widgets.import_report import ImportReport
from app.desktop.wording import shortened
from app.operations import collecting, importing_many
from app.operations.results import FileOutcome, Imported, LeftOut
from app.operations.results import ImportReport as Outcomes
from engine.jobs import Progress

CHANGED_INTERVAL_MS = 1_000
"""While many files come in, the shelf is read anew this often."""
translate = QCoreApplication.translate


class Adding(QObject):
    """One per page. changed: documents have come; the id of the one to select, or ""."""

    changed = Signal(str)

    def __init__(self, bridge: Bridge, page: QWidget, banner: Banner, report: ImportReport) -> None:
        super().__init__(page)
        self._bridge = bridge
        self._page = page
        self._banner = banner
        self._report = report
        self._last_folder = str(Path.home())
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(CHANGED_INTERVAL_MS)
        self._soon.timeout.connect(lambda: self.changed.emit(""))
        report.retry_asked.connect(lambda paths: self.add(paths, retry=True))

    # -- choosing --------------------------------------------------------------------------------------------------

    def choose_files(self) -> None:
        """The system's dialog, without stopping the window; the folder is remembered while Palimpsest runs."""
        dialog = self._dialog(translate("Adding", "Add to the library"), QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilters(
            [
                translate("Adding", "Books and chats")
                + " (*.epub *.pdf *.docx *.html *.htm *.xhtml *.fb2 *.zip *.txt *.md *.json *.jsonl)",
                translate("Adding", "All files") + " (*)",
            ]
        )
        dialog.open()

    def choose_folder(self) -> None:
        """Every book in a folder, and in the folders below it."""
        self._dialog(translate("Adding", "Add the books of a folder"), QFileDialog.FileMode.Directory).open()

    def _dialog(self, title: str, mode: QFileDialog.FileMode) -> QFileDialog:
        dialog = QFileDialog(self._page, title, self._last_folder)
        dialog.setFileMode(mode)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(self._on_chosen)
        return dialog

    def _on_chosen(self, names: list[str]) -> None:
        paths = [Path(name) for name in names]
        self._last_folder = str(paths[0].parent)
        self.add(paths)

    def count_kinds(self, paths: list[Path], done: Callable[[tuple[int, int]], None]) -> None:
        """How many of some paths are files and folders, asked off the UI thread."""
        self._bridge.query(lambda: collecting.count_kinds(paths), done)

    # -- the job ---------------------------------------------------------------------------------------------------

    def add(self, paths: Sequence[Path], *, retry: bool = False) -> JobHandle:
        """Import files and folders in one job; one file that fails does not stop the others."""
        services, wanted = self._bridge.services, list(paths)
        outcomes: list[FileOutcome] = []
        job = self._bridge.start("import", lambda: importing_many.import_many(services, wanted, retry=retry))
        job.progress.connect(lambda progress: self._note(outcomes, progress))
        job.finished.connect(lambda result: self._tell(result))
        job.stopped.connect(lambda: self._tell(Outcomes(tuple(outcomes), LeftOut())))
        job.failed.connect(self._banner.say)
        job.failed.connect(lambda _sentence: self._tell(Outcomes(tuple(outcomes), LeftOut())) if outcomes else None)
        return job

    def _note(self, outcomes: list[FileOutcome], progress: Progress) -> None:
        if isinstance(progress.detail, FileOutcome):
            outcomes.append(progress.detail)
            if not self._soon.isActive():
                self._soon.start()

    def _tell(self, result: Outcomes) -> None:
        self._soon.stop()
        done = [outcome.imported for outcome in result.outcomes if outcome.imported is not None]
        if len(result.outcomes) == 1 and result.left_out == LeftOut() and not needs_a_look(result.outcomes[0]):
            self._tell_of_one(done[0])
        else:
            self._report.show_report(result.outcomes, result.left_out)
        self.changed.emit(done[0].document if len(done) == 1 else "")

    def _tell_of_one(self, imported: Imported) -> None:
        title = shortened(imported.title, 60)
        if imported.put_back:
            self._banner.say(translate("Adding", "“{title}” is on the shelf again.").format(title=title))
        elif imported.already_there:
            self._banner.say(translate("Adding", "“{title}” is in the library already.").format(title=title))
