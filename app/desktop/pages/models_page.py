"""The models: those that are here, those that can be downloaded, and whether each fits in memory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.desktop.actions import Actions
from app.desktop.bridge import Bridge, JobHandle, Query
from app.desktop.compressor_control import CompressorControl
from app.desktop.compressor_words import origin_words
from app.desktop.icons import dress
from app.desktop.model_control import DOWNLOAD, MEASURE, ModelControl
from app.desktop.model_words import fit_words
from app.desktop.speed_control import SpeedControl
from app.desktop.theme import GRID, scaled
from app.desktop.widgets.banner import Banner
from app.desktop.widgets.download_line import DownloadLine
from app.desktop.widgets.hub_address import HubAddress
from app.desktop.widgets.model_drop_target import ModelDropTarget
from app.desktop.widgets.model_line import ModelLine
from app.desktop.widgets.wrapped_label import WrappedLabel
from app.desktop.wording import size, together
from app.operations import compressors, llama_use, model_downloads, model_memory, models, settings
from app.operations.catalogue import CatalogueModel, catalogue
from app.operations.compressor_folders import CompressorMethod
from app.operations.compressors import Compressor
from app.operations.model_downloads import PartialDownload
from app.operations.model_memory import Budget, Fit, Inspected
from app.operations.models import KnownModel, Removed
from engine.api import Writer

WIDEST = 136 * GRID

Line = TypeVar("Line", bound=QWidget)


@dataclass(frozen=True, slots=True)
class _Listed:
    models: list[KnownModel]
    parts: list[PartialDownload]
    budget: Budget
    hub: str
    encoders: list[Compressor]
    segment_compressors: list[Compressor]
    writer: Writer
    command: str
    """Installs llama.cpp."""


class ModelsPage(QWidget):
    """switched: another model is used now."""

    switched = Signal()

    def __init__(
        self,
        bridge: Bridge,
        control: ModelControl,
        speeds: SpeedControl,
        training: CompressorControl,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._control = control
        self._speeds = speeds
        self._training = training
        self._query: Query | None = None
        self._budget: Budget | None = None
        self._listed: _Listed | None = None
        self._last_folder = str(Path.home())
        self._undoing = ""
        self._is_tidy = False
        self._asks_other = False
        self.lines: dict[str, ModelLine] = {}
        self.downloads: dict[str, DownloadLine] = {}
        self._build()
        self._drop = ModelDropTarget(self)
        self._drop.dropped.connect(self.add_paths)
        self._connect()
        self.retranslate()

    def _build(self) -> None:
        self._title = QLabel(self)
        self._title.setFont(scaled(self.font(), 1.7, bold=True))
        self.add_button = QPushButton(self)
        self.add_button.setProperty("role", "primary")
        dress(self.add_button, "open", on_accent=True)
        self._add_menu = QMenu(self)
        self._add_file = self._add_menu.addAction("")
        self._add_folder = self._add_menu.addAction("")
        self._add_file.triggered.connect(self.choose_file)
        self._add_folder.triggered.connect(self.choose_folder)
        self.add_button.setMenu(self._add_menu)
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self.add_button)
        self._memory = WrappedLabel(self)
        self._memory.setProperty("role", "subtle")
        self.banner = Banner(self)

        inner = QWidget(self)
        inner.setMaximumWidth(WIDEST)
        self._here_title, self._fetch_title = self._heading(inner), self._heading(inner)
        self._here, self._fetch = QVBoxLayout(), QVBoxLayout()
        for lines in (self._here, self._fetch):
            lines.setSpacing(0)
        self._fetch_words = WrappedLabel(inner)
        self._fetch_words.setProperty("role", "subtle")
        self.hub = HubAddress(inner)
        self.hub.chosen.connect(self._control.choose_hub)
        self.other = QLineEdit(inner)
        self.other_button = QPushButton(inner)
        self.other.returnPressed.connect(self._fetch_other)
        self.other_button.clicked.connect(self._fetch_other)
        other = QHBoxLayout()
        other.setSpacing(GRID)
        other.addWidget(self.other, 1)
        other.addWidget(self.other_button)
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 2 * GRID, 2 * GRID)
        column.setSpacing(GRID)
        column.addWidget(self._here_title)
        column.addLayout(self._here)
        column.addSpacing(2 * GRID)
        column.addWidget(self._fetch_title)
        column.addWidget(self._fetch_words)
        column.addLayout(self._fetch)
        column.addLayout(other)
        column.addWidget(self.hub)
        column.addStretch(1)
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(inner)

        layout = QVBoxLayout(self)
        layout.setContentsMargins(32, 24, 16, 16)
        layout.setSpacing(12)
        layout.addLayout(head)
        layout.addWidget(self._memory)
        layout.addWidget(self.banner)
        layout.addWidget(self._scroll, 1)

    def _heading(self, parent: QWidget) -> QLabel:
        label = QLabel(parent)
        label.setFont(scaled(self.font(), 1.2, bold=True))
        return label

    def _connect(self) -> None:
        control = self._control
        control.started.connect(self._on_started)
        control.changed.connect(self.reload)
        control.ready.connect(self._on_ready)
        control.switching.connect(self._on_switching)
        control.switched.connect(self._on_switched)
        control.went_back.connect(self._on_went_back)
        control.refused.connect(self._on_refused)
        control.removed.connect(self._on_removed)
        control.purged.connect(self._on_purged)
        self._speeds.started.connect(self._on_measured)
        self._speeds.changed.connect(self.reload)
        self._speeds.refused.connect(self._on_refused)
        self._training.started.connect(lambda *_: self._tell())
        self._training.changed.connect(self.reload)

    def register(self, actions: Actions) -> None:
        """What this page offers in menus and by keys."""
        actions.add("models.add_file", "file", lambda: self.tr("Add a &model file …"), self.choose_file)
        actions.add("models.add_folder", "file", lambda: self.tr("Add a model fo&lder …"), self.choose_folder)

    # -- what there is ---------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not event.spontaneous():
            self.reload()

    def reload(self) -> None:
        """Look anew at what is here, what has come, and how much memory there is. Waits while the page is not seen."""
        if not self.isVisible():
            return
        services = self._bridge.services
        if not self._is_tidy:
            self._is_tidy = True
            self._control.tidy()
        if self._query is not None:
            self._query.drop()
        self._query = self._bridge.query(
            lambda: _Listed(
                models.list_models(services),
                model_downloads.downloads(services),
                model_memory.last_budget(services),
                model_downloads.hub_host(services),
                compressors.compressors(services),
                compressors.compressors(services, CompressorMethod.SEGMENTS),
                Writer(settings.settings(services).writer),
                llama_use.install_command(),
            ),
            self._show_listed,
        )
        if not services.echo:
            asked = self._bridge.start("describe_engine", lambda: model_memory.describe_engine(services))
            asked.finished.connect(self._show_budget)

    def _show_budget(self, budget: Budget) -> None:
        self._budget = budget
        self._tell()

    def _show_listed(self, listed: _Listed) -> None:
        self._listed = listed
        self._budget = self._budget or listed.budget
        self._arrange()
        self._tell()

    def _arrange(self) -> None:
        """A line for every model that is here, and for every one that can be fetched or has come in part."""
        assert self._listed is not None
        here = [model.name for model in self._listed.models]
        for name in here:
            if name not in self.lines:
                self.lines[name] = self._new_line(name)
        _put_in_order(self._here, self.lines, here)
        titles: dict[str, CatalogueModel | None] = {
            listed.name: listed for listed in catalogue() if not listed.embedded and listed.name not in here
        }
        for part in self._listed.parts:
            titles.setdefault(part.name, None)
        for name, listed in titles.items():
            if name not in self.downloads:
                self.downloads[name] = self._new_download(name, listed)
        _put_in_order(self._fetch, self.downloads, list(titles))

    def _new_line(self, name: str) -> ModelLine:
        line = ModelLine(self)
        line.use_asked.connect(lambda: self._use(name))
        line.remove_asked.connect(lambda: self._control.remove(name))
        line.measure.measure_asked.connect(lambda: self._control.measure(name))
        line.measure.stop_asked.connect(lambda: self._control.stop(name))
        line.speed.measure_asked.connect(lambda: self._speeds.measure(name))
        line.speed.stop_asked.connect(lambda: self._speeds.stop(name))
        running = self._speeds.running(name)
        if running is not None:
            line.speed.follow(running)
        return line

    def _new_download(self, name: str, listed: CatalogueModel | None) -> DownloadLine:
        line = DownloadLine(name, listed, self)
        line.download_asked.connect(lambda: self._control.download(name))
        line.pause_asked.connect(lambda: self._control.stop(name))
        line.discard_asked.connect(lambda: self._control.discard(name))
        handle = self._control.under_way(name)
        if handle is not None:
            line.follow(handle)
        return line

    def _current(self) -> str:
        """The model that is used; the embedded one, which is always the first, where the chosen one is gone."""
        assert self._listed is not None
        known = self._listed.models
        return next((model.name for model in known if model.current), known[0].name)

    # -- adding and fetching ---------------------------------------------------------------------------------------

    def choose_file(self) -> None:
        """The system's dialog, without stopping the window."""
        dialog = QFileDialog(self, self.tr("Add a model file"), self._last_folder)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([self.tr("GGUF models") + " (*.gguf)", self.tr("All files") + " (*)"])
        self._open(dialog)

    def choose_folder(self) -> None:
        """As `choose_file`, of a folder with config.json and safetensors."""
        dialog = QFileDialog(self, self.tr("Add a model folder"), self._last_folder)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly, True)
        self._open(dialog)

    def _open(self, dialog: QFileDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(self._on_chosen)
        dialog.open()

    def _on_chosen(self, names: list[str]) -> None:
        paths = [Path(name) for name in names]
        self._last_folder = str(paths[0].parent)
        self.add_paths(paths)

    def add_paths(self, paths: list[Path]) -> None:
        """Add files or folders of the user's; one that does not fit is asked about."""
        for path in paths:
            self._control.inspect(path, self._on_inspected)

    def _on_inspected(self, found: Inspected) -> None:
        fit = self._budget.fit(found.geometry, found.gguf_bytes) if self._budget is not None else None
        if fit is not None and not fit.fits:
            self.banner.say(f"“{found.name}”: {fit_words(fit)}", self.tr("Add anyway"), lambda: self._add(found))
        else:
            self._add(found)

    def _add(self, found: Inspected) -> None:
        self.banner.say(self.tr("“{model}” is being added.").format(model=found.name))
        self._control.add(found)

    def _fetch_other(self) -> None:
        name = self.other.text().strip()
        self._asks_other = bool(name)
        if name:
            self._control.download(name)

    # -- what happens ----------------------------------------------------------------------------------------------

    def _on_started(self, name: str, handle: JobHandle) -> None:
        if handle.kind == MEASURE:
            if name in self.lines:
                self.lines[name].measure.follow(handle)
            return
        if name in self.downloads:
            self.downloads[name].follow(handle)
        else:
            handle.progress.connect(lambda _: self._follow_new(name, handle))
        if self._asks_other and handle.kind == DOWNLOAD:
            self._asks_other = False
            self.other.clear()

    def _on_measured(self, name: str, handle: JobHandle) -> None:
        if name in self.lines:
            self.lines[name].speed.follow(handle)

    def _follow_new(self, name: str, handle: JobHandle) -> None:
        """The first sign of a model that is in no list: it gets a line when something of it has come."""
        if name not in self.downloads and handle.kind == "download" and not handle.is_over:
            self.downloads[name] = self._new_download(name, None)
            self._fetch.addWidget(self.downloads[name])

    def _on_ready(self, name: str) -> None:
        self.banner.say(
            self.tr("“{model}” is here and can be used.").format(model=self._title_of(name)),
            self.tr("Use it now"),
            lambda: self._use(name),
        )

    def _use(self, name: str) -> None:
        self._control.use(name, self._current())

    def _on_switching(self, name: str) -> None:
        if name in self.lines:
            self.lines[name].show_loading()

    def _on_switched(self, name: str, resting: int) -> None:
        words = self.tr("“{model}” is used from now on.").format(model=self._title_of(name))
        if resting:
            rest = self.tr(
                "%n memories were made with another model and rest: learn those books again, or go back to that model.",
                "",
                resting,
            )
            words = together(words, rest)
        self.banner.say(words)
        self.switched.emit()

    def _on_went_back(self, name: str, sentence: str, before: str) -> None:
        self.banner.say(
            self.tr("{sentence} “{model}” is used on.").format(sentence=sentence, model=self._title_of(before))
        )

    def _on_refused(self, name: str, sentence: str) -> None:
        self._asks_other = False
        line = self.downloads.get(name)
        if line is not None:
            line.show_failure(sentence)
        else:
            self.banner.say(sentence)

    def _on_removed(self, removed: Removed) -> None:
        name = removed.row.name
        words = self.tr("“{model}” is removed.").format(model=self._title_of(name))
        if Path(removed.row.source).exists():
            words = together(words, self.tr("Your own file or folder stays where it is."))
        self.banner.say(words, self.tr("Undo"), lambda: self._control.put_back(removed))
        self._undoing = self.banner.sentence

    def _on_purged(self) -> None:
        if self.banner.sentence == self._undoing:
            self.banner.hide()

    def _title_of(self, name: str) -> str:
        known = self._listed.models if self._listed is not None else []
        titles = {model.name: model.title for model in known} | {listed.name: listed.title for listed in catalogue()}
        return titles.get(name, name)

    # -- faces -----------------------------------------------------------------------------------------------------

    def _tell(self) -> None:
        budget, listed = self._budget, self._listed
        if budget is not None:
            free = size(budget.available_bytes)
            self._memory.setText(
                self.tr("{free} of graphics memory can be used for a model.").format(free=free)
                if budget.graphics
                else self.tr("{free} of memory can be used for a model.").format(free=free)
            )
        if listed is None:
            return
        parts = {part.name: part for part in listed.parts}
        for model in listed.models:
            fit = self._fit(model)
            encoder = self._encoder_words(model.name)
            self.lines[model.name].show_model(model, fit, encoder, listed.writer, listed.command)
        by_name = {entry.name: entry for entry in catalogue()}
        for name, line in self.downloads.items():
            entry = by_name.get(name)
            fit = budget.fit(entry.geometry) if budget is not None and entry is not None else None
            line.show_part(parts.get(name), fit)
        self._fetch_words.setText(
            self.tr(
                "Nothing is downloaded before you click. It comes from {hub} and is checked against the hub’s checksums; "
                "a download can be paused and goes on where it was."
            ).format(hub=listed.hub)
            if listed.hub
            else self.tr(
                "The address of the hub is no https address: nothing can be downloaded. Give another one below."
            )
        )

    def _fit(self, model: KnownModel) -> Fit | None:
        """What it needs with all that is to run it."""
        assert self._listed is not None
        if self._budget is None or model.geometry is None or model.writing is None:
            return None
        writer = self._listed.writer
        held_bytes = model.writing.held_bytes(writer)
        return self._budget.fit(model.geometry, held_bytes, insists=writer is Writer.LLAMACPP)

    def _encoder_words(self, model_name: str) -> str:
        assert self._listed is not None
        words = []
        for method, all_of_them in (
            (CompressorMethod.GIST, self._listed.encoders),
            (CompressorMethod.SEGMENTS, self._listed.segment_compressors),
        ):
            own = [each for each in all_of_them if each.model_name == model_name]
            is_training = self._training.training(model_name, method) is not None
            words.append(origin_words(own, method, is_training=is_training))
        return " · ".join(words)

    def retranslate(self) -> None:
        self._title.setText(self.tr("Models"))
        self.add_button.setText(self.tr("Add …"))
        self.add_button.setToolTip(self.tr("Add a model of your own, or drop it onto this page"))
        self.add_button.setAccessibleName(self.tr("Add a model of your own"))
        self._add_file.setText(self.tr("A GGUF file …"))
        self._add_folder.setText(self.tr("A model folder …"))
        self._here_title.setText(self.tr("On this computer"))
        self._fetch_title.setText(self.tr("To download, by the memory they need"))
        self.other.setPlaceholderText(self.tr("Another model of the hub: owner/name"))
        self.other.setAccessibleName(self.tr("Another model of the hub, as owner/name"))
        self.other_button.setText(self.tr("Download"))
        self.other_button.setAccessibleName(self.tr("Download the model that is named"))
        self._tell()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


def _put_in_order(layout: QVBoxLayout, lines: dict[str, Line], names: list[str]) -> None:
    """Show the lines of these names, in this order. Lines that stay are not touched, so that the focus stays."""
    for name in [name for name in lines if name not in names]:
        lines.pop(name).deleteLater()
    for place, name in enumerate(names):
        item = layout.itemAt(place)
        if item is None or item.widget() is not lines[name]:
            layout.insertWidget(place, lines[name])
