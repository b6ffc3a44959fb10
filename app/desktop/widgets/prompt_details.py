"""Everything about one kept prompt: what it says, what is kept of it, and what it has saved."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.desktop.bridge import Bridge, Query
from app.desktop.prompt_words import (
    divergence_figure,
    divergence_words,
    kind_words,
    model_words,
    ratio_words,
    smaller_words,
    time_words,
    title_words,
)
from app.desktop.theme import GRID, scaled
from app.desktop.widgets.wrapped_label import WrappedLabel
from app.desktop.wording import comma_list, day_and_time, number, shortened, size, together
from app.operations import prompt_caches
from app.operations.prompt_caches import GIST, SEGMENTS, PromptCache

_MOST_LITERALS = 60


class PromptDetails(QDialog):
    """Shown with `open`. The words of the prompt are read when it opens."""

    def __init__(self, bridge: Bridge, cache: PromptCache, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Details"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.cache = cache
        heading = WrappedLabel(self)
        heading.setText(shortened(title_words(cache.row), 120))
        heading.setFont(scaled(self.font(), 1.2, bold=True))
        self.facts = QFormLayout()
        self.facts.setHorizontalSpacing(2 * GRID)
        self.facts.setVerticalSpacing(4)
        for name, words in self._facts():
            caption, label = QLabel(name, self), QLabel(words, self)
            caption.setProperty("role", "subtle")
            caption.setAlignment(Qt.AlignmentFlag.AlignTop)
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self.facts.addRow(caption, label)
        says = QLabel(self.tr("What it says, as the model reads it"), self)
        says.setFont(scaled(self.font(), 1.0, bold=True))
        self.text = QPlainTextEdit(self)
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName(says.text())
        self.text.setPlaceholderText(self.tr("Reading …"))
        close = QPushButton(self.tr("Close"), self)
        close.setDefault(True)
        close.setAccessibleName(self.tr("Close this window"))
        close.clicked.connect(self.close)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 16)
        layout.setSpacing(12)
        layout.addWidget(heading)
        layout.addLayout(self.facts)
        layout.addWidget(says)
        layout.addWidget(self.text, 1)
        layout.addLayout(buttons)
        self._query: Query | None = None
        if cache.row.kind == SEGMENTS:  # it says what the whole book says
            says.hide()
            self.text.hide()
            layout.addStretch(1)
            return
        self.resize(84 * GRID, 80 * GRID)
        services, entry = bridge.services, cache.row.entry
        self._query = bridge.query(
            lambda: prompt_caches.prompt_text(services, entry), self.text.setPlainText, self.text.setPlainText
        )

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._query is not None:
            self._query.drop()
        super().closeEvent(event)

    def _facts(self) -> list[tuple[str, str]]:
        row, is_gist = self.cache.row, self.cache.row.kind == GIST
        metrics = row.metrics
        facts = [
            (self.tr("Kept as"), kind_words(row)),
            (self.tr("Goes with"), self.cache.document_title or ""),
            (self.tr("With the model"), self._model()),
            (self.tr("Length"), self.tr("{count} tokens").format(count=number(row.tokens))),
            (self.tr("Kept of it"), self._kept()),
            (self.tr("Word for word"), self._literals() if is_gist else ""),
            (self.tr("On disk"), self._room()),
        ]
        if is_gist and "divergence" in metrics:
            loss, none = float(metrics["divergence"]), float(metrics.get("divergence_none", 0.0))
            figure = self.tr("({figure})").format(figure=divergence_figure(loss))
            facts.append((self.tr("How true"), together(divergence_words(loss, none), figure)))
        facts += [
            (
                self.tr("Saved"),
                self.tr("%n hit(s), {tokens} tokens, {time}", "", row.hits).format(
                    tokens=number(row.tokens_saved), time=time_words(row.seconds_saved)
                )
                if row.hits
                else self.tr("nothing yet"),
            ),
            (self.tr("Made"), day_and_time(row.created_at)),
            (self.tr("Last used"), day_and_time(row.used_at)),
        ]
        return [(name, words) for name, words in facts if words]

    def _model(self) -> str:
        words = model_words(self.cache.row)
        if self.cache.row.adapter_sha256:
            words = self.tr("{model} with an adapter").format(model=words)
        return words if self.cache.usable else self.tr("{model} (not in use)").format(model=words)

    def _kept(self) -> str:
        row = self.cache.row
        if row.kind == SEGMENTS:
            return smaller_words(row)
        if row.kind != GIST:
            return self.tr("all of it")
        slots, literal = int(row.metrics.get("slots", 0)), int(row.metrics.get("literal_tokens", 0))
        return self.tr(
            "{slots} tokens, {ratio} fewer: {k} of the gist, {literals} word for word, and the first"
        ).format(
            slots=number(slots),
            ratio=ratio_words(row.tokens / max(1, slots)),
            k=number(slots - literal - 1),
            literals=number(literal),
        )

    def _literals(self) -> str:
        kept = [str(words) for words in self.cache.row.metrics.get("literals", ())]
        more = ["…"] if len(kept) > _MOST_LITERALS else []
        return comma_list([*kept[:_MOST_LITERALS], *more])

    def _room(self) -> str:
        row = self.cache.row
        exact = row.metrics.get("bytes_exact")
        if row.kind == GIST and exact:
            return self.tr("{gist} instead of {exact}").format(gist=size(row.bytes), exact=size(int(exact)))
        return size(row.bytes)
