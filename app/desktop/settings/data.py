"""Where my data is: the folder, how large each part of it is, and deleting all of it."""

from __future__ import annotations

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QWidget

from app.desktop.bridge import Bridge
from app.desktop.settings.data_words import part_name
from app.desktop.settings.form import Section
from app.desktop.theme import GRID, scaled
from app.desktop.widgets.delete_everything_dialog import DeleteEverythingDialog
from app.desktop.wording import number, size
from app.operations import data_folder
from app.operations.data_folder import DataFolder, RemovedShelf


class DataSection(Section):
    """erase_asked: the user has confirmed that everything is to be deleted."""

    erase_asked = Signal()

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._data: DataFolder | None = None
        self._removed = RemovedShelf(0, 0)
        self.path = QLabel(str(bridge.services.data_dir), self)
        self.path.setWordWrap(True)
        self.path.setTextFormat(Qt.TextFormat.PlainText)
        selectable = Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        self.path.setTextInteractionFlags(selectable)
        self.open_button, self.measure_button, self.delete_button = (QPushButton(self) for _ in range(3))
        self.open_button.clicked.connect(self._open)
        self.measure_button.clicked.connect(self.read)
        self.delete_button.setProperty("role", "loss")
        self.delete_button.clicked.connect(self._ask)
        self._table = QWidget(self)
        self._grid = QGridLayout(self._table)
        self._grid.setContentsMargins(0, GRID, 0, GRID)
        self._grid.setHorizontalSpacing(3 * GRID)
        self._grid.setColumnStretch(0, 1)
        self._shelf = QLabel(self)
        self._shelf.setWordWrap(True)
        self._shelf.setProperty("role", "subtle")

        self.add_heading(lambda: self.tr("Where is my data?"))
        self.add_sentence(
            lambda: self.tr(
                "Everything Palimpsest keeps lies in one folder of yours, on this computer, and nowhere else."
            )
        )
        self.add_widget(self.path)
        line = QWidget(self)
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        row.addWidget(self.open_button)
        row.addWidget(self.measure_button)
        row.addStretch(1)
        self.add_widget(line)
        self.add_widget(self._table)
        self.add_widget(self._shelf)
        self.add_heading(lambda: self.tr("Delete everything"))
        self.add_sentence(
            lambda: self.tr(
                "Removes all of the above. Files you added books from stay where they are, and so does whatever else lies "
                "in the folder. Afterwards Palimpsest starts as on the first day."
            )
        )
        self.add_button(self.delete_button)
        self.finish()

    def read(self) -> None:
        services = self._bridge.services
        self._bridge.query(
            lambda: (data_folder.look_at(services.data_dir), data_folder.removed_shelf(services)), self._show
        )

    def _show(self, found: tuple[DataFolder, RemovedShelf]) -> None:
        self._data, self._removed = found
        self._tell()

    def _open(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._bridge.services.data_dir)))

    def _ask(self) -> None:
        """What is there now, then the question; refused while another Palimpsest works in the folder."""
        services = self._bridge.services

        def look() -> DataFolder:
            data_folder.refuse_while_others_work(services)
            return data_folder.look_at(services.data_dir)

        def ask(data: DataFolder) -> None:
            dialog = DeleteEverythingDialog(data, self.window())
            dialog.accepted.connect(self.erase_asked)
            dialog.open()

        self._bridge.query(look, ask)

    # -- faces -----------------------------------------------------------------------------------------------------

    def _tell(self) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        if self._data is None:
            return
        rows = [(part_name(part.part), size(part.bytes), False) for part in self._data.parts]
        rows.append((self.tr("Together"), size(sum(part.bytes for part in self._data.parts)), True))
        rows.append((self.tr("Free on this disk"), size(self._data.free_bytes), False))
        for row, (words, value, is_sum) in enumerate(rows):
            name, figure = QLabel(words, self._table), QLabel(value, self._table)
            figure.setAlignment(Qt.AlignmentFlag.AlignRight)
            if is_sum:
                name.setFont(scaled(self.font(), 1.0, bold=True))
                figure.setFont(scaled(self.font(), 1.0, bold=True))
            self._grid.addWidget(name, row, 0)
            self._grid.addWidget(figure, row, 1)
        self._shelf.setVisible(self._removed.documents > 0)
        self._shelf.setText(
            self.tr(
                "Of this, {size} are removed books ({count}) that can still be put back; the library shows them."
            ).format(size=size(self._removed.bytes), count=number(self._removed.documents))
        )

    def retranslate(self) -> None:
        super().retranslate()
        self.path.setAccessibleName(self.tr("Folder of the data: {path}").format(path=self.path.text()))
        for button, words in (
            (self.open_button, self.tr("Open the folder")),
            (self.measure_button, self.tr("Measure again")),
            (self.delete_button, self.tr("Delete everything …")),
        ):
            button.setText(words)
            button.setAccessibleName(words)
        self._tell()
