"""What this is: version, crash reports, the log, and the licences of everything it is made of."""

from __future__ import annotations

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from app.desktop.bridge import Bridge
from app.desktop.settings.form import Section
from app.desktop.theme import GRID
from app.desktop.widgets.crash_report_dialog import CrashReportDialog
from app.desktop.wording import day_and_time
from app.operations import components, crash_reports
from app.operations.components import Component
from app.operations.crash_reports import CrashReport

_NAME = Qt.ItemDataRole.UserRole


class AboutSection(Section):
    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self.reports = QListWidget(self)
        self.reports.setMaximumHeight(14 * GRID)
        self.reports.itemActivated.connect(self._read_chosen)
        self.reports.currentItemChanged.connect(lambda _now, _before: self._tell())
        self.read_button, self.delete_button = QPushButton(self), QPushButton(self)
        self.read_button.clicked.connect(self._read_chosen)
        self.delete_button.clicked.connect(self._delete_chosen)
        self.log_button = QPushButton(self)
        self.log_button.clicked.connect(self._open_logs)
        self.components = QTreeWidget(self)
        self.components.setColumnCount(3)
        self.components.setRootIsDecorated(False)
        self.components.setUniformRowHeights(True)
        self.components.setTabKeyNavigation(False)
        self.components.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.components.setMinimumHeight(30 * GRID)
        for column, mode in enumerate(
            (QHeaderView.ResizeMode.ResizeToContents,) * 2 + (QHeaderView.ResizeMode.Stretch,)
        ):
            self.components.header().setSectionResizeMode(column, mode)
        self._version = ""

        self.add_heading(lambda: self.tr("About"))
        self._about = QLabel(self)
        self._about.setWordWrap(True)
        self.add_widget(self._about)
        self.add_heading(lambda: self.tr("Crash reports"))
        self._no_reports = self.add_sentence(
            lambda: self.tr(
                "None. If Palimpsest ever ends unexpectedly, the next start writes down here what is known of it."
            )
        )
        self.add_widget(self.reports)
        line = QWidget(self)
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        for button in (self.read_button, self.delete_button):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.log_button)
        self.add_widget(line)
        self.add_heading(lambda: self.tr("Made of"))
        self.add_sentence(
            lambda: self.tr("Everything Palimpsest uses, with the version and the licence that are installed here.")
        )
        self.add_widget(self.components, 1)
        self.finish(fills=True)

    def read(self) -> None:
        self._bridge.query(lambda: crash_reports.list_reports(self._bridge.services.data_dir), self._show_reports)
        self._bridge.query(lambda: (components.version(), components.components()), self._show_components)

    def _show_reports(self, rows: list[CrashReport]) -> None:
        self.reports.clear()
        for row in rows:
            item = QListWidgetItem(day_and_time(row.written_at), self.reports)
            item.setData(_NAME, row.name)
        self.reports.setCurrentRow(0)
        for widget in (self.reports, self.read_button, self.delete_button):
            widget.setVisible(bool(rows))
        self._no_reports.setVisible(not rows)
        self._tell()

    def _show_components(self, found: tuple[str, list[Component]]) -> None:
        self._version, rows = found
        self.components.clear()
        for row in rows:
            QTreeWidgetItem(self.components, [row.name, row.version, row.licence or "–"]).setToolTip(2, row.licence)
        self._tell()

    # -- reports ---------------------------------------------------------------------------------------------------

    def _chosen(self) -> str | None:
        item = self.reports.currentItem()
        return None if item is None else str(item.data(_NAME))

    def _read_chosen(self) -> None:
        name = self._chosen()
        if name is not None:
            self.show_report(name)

    def show_report(self, name: str) -> None:
        """Open a report to read."""
        data_dir = self._bridge.services.data_dir

        def show(text: str) -> None:
            dialog = CrashReportDialog(self._bridge, name, text, self.window())
            dialog.deleted.connect(self.read)
            dialog.open()

        self._bridge.query(lambda: crash_reports.read_report(data_dir, name), show)

    def _delete_chosen(self) -> None:
        name, data_dir = self._chosen(), self._bridge.services.data_dir
        if name is not None:
            self._bridge.query(lambda: crash_reports.delete_report(data_dir, name), lambda _: self.read())

    def _open_logs(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._bridge.services.data_dir / crash_reports.LOGS)))

    # -- words -----------------------------------------------------------------------------------------------------

    def _tell(self) -> None:
        has_report = self._chosen() is not None
        self.read_button.setEnabled(has_report)
        self.delete_button.setEnabled(has_report)
        self._about.setText(
            self.tr(
                "Palimpsest {version}. It reads books into disposable memory on this computer. It needs no account, opens no "
                "connection by itself and sends nothing anywhere. Licence: Apache 2.0."
            ).format(version=self._version)
        )

    def retranslate(self) -> None:
        super().retranslate()
        for button, words in (
            (self.read_button, self.tr("Read")),
            (self.delete_button, self.tr("Delete")),
            (self.log_button, self.tr("Open the folder of the log")),
        ):
            button.setText(words)
        self.read_button.setAccessibleName(self.tr("Read the chosen report"))
        self.delete_button.setAccessibleName(self.tr("Delete the chosen report"))
        self.log_button.setAccessibleName(self.log_button.text())
        self.reports.setAccessibleName(self.tr("Crash reports"))
        self.components.setAccessibleName(self.tr("Made of"))
        self.components.setHeaderLabels([self.tr("Name"), self.tr("Version"), self.tr("Licence")])
        self._tell()
