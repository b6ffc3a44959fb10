"""What the window remembers of itself: geometry, appearance, language, and the type and colours of the page.

Kept in `ui.ini` in the data folder. Holds nothing of any document: no title, no path.
"""

from __future__ import annotations

import math
from enum import StrEnum
from pathlib import Path

from PySide6.QtCore import QByteArray, QObject, QSettings, Signal

from app.desktop.reading_pace import ReadingPace
from app.desktop.reading_type import (
    DEFAULT_MARGIN,
    DEFAULT_MEASURE,
    DEFAULT_POINTS,
    MAX_LINE_HEIGHT,
    MAX_MARGIN,
    MAX_MEASURE,
    MAX_POINTS,
    MIN_LINE_HEIGHT,
    MIN_MARGIN,
    MIN_MEASURE,
    MIN_POINTS,
    SERIF,
    Flow,
    ParagraphStyle,
    TypeSettings,
)
from app.desktop.theme import Appearance, Motion, PageTheme


class StartPage(StrEnum):
    LIBRARY = "library"
    LAST_BOOK = "last_book"


class Preferences(QObject):
    """Read once, written at every change.

    `changed` says what: "appearance", "language", "motion", "start_page", "page" or "type".
    """

    changed = Signal(str)

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._settings = QSettings(str(file), QSettings.Format.IniFormat)

    @property
    def appearance(self) -> Appearance:
        value = str(self._settings.value("appearance", Appearance.SYSTEM.value))
        return Appearance(value) if value in list(Appearance) else Appearance.SYSTEM

    @appearance.setter
    def appearance(self, value: Appearance) -> None:
        self._set("appearance", value.value)

    @property
    def language(self) -> str:
        """A language code, or "" for the system's."""
        return str(self._settings.value("language", ""))

    @language.setter
    def language(self, value: str) -> None:
        self._set("language", value)

    @property
    def motion(self) -> Motion:
        value = self._text("motion")
        return Motion(value) if value in list(Motion) else Motion.SYSTEM

    @motion.setter
    def motion(self, value: Motion) -> None:
        self._set("motion", value.value)

    @property
    def start_page(self) -> StartPage:
        value = self._text("start_page")
        return StartPage(value) if value in list(StartPage) else StartPage.LIBRARY

    @start_page.setter
    def start_page(self, value: StartPage) -> None:
        self._set("start_page", value.value)

    @property
    def page(self) -> PageTheme:
        value = str(self._settings.value("page", PageTheme.AUTO.value))
        return PageTheme(value) if value in list(PageTheme) else PageTheme.AUTO

    @page.setter
    def page(self, value: PageTheme) -> None:
        self._set("page", value.value)

    @property
    def reading_type(self) -> TypeSettings:
        """The type of the page."""
        flow, paragraphs = self._text("type/flow"), self._text("type/paragraphs")
        line_height = self._number("type/line_height", 0.0)
        return TypeSettings(
            family=self._text("type/family") or SERIF,
            points=_within(self._number("type/points", DEFAULT_POINTS), MIN_POINTS, MAX_POINTS),
            line_height=_within(line_height, MIN_LINE_HEIGHT, MAX_LINE_HEIGHT) if line_height else None,
            measure=round(_within(self._number("type/measure", DEFAULT_MEASURE), MIN_MEASURE, MAX_MEASURE)),
            margin=round(_within(self._number("type/margin", DEFAULT_MARGIN), MIN_MARGIN, MAX_MARGIN)),
            paragraphs=ParagraphStyle(paragraphs) if paragraphs in list(ParagraphStyle) else ParagraphStyle.INDENT,
            justified=self._text("type/justified") == "true",
            flow=Flow(flow) if flow in list(Flow) else Flow.SCROLL,
        )

    @reading_type.setter
    def reading_type(self, value: TypeSettings) -> None:
        if value == self.reading_type:
            return
        for name, kept in (
            ("family", value.family),
            ("points", value.points),
            ("line_height", value.line_height or 0.0),
            ("measure", value.measure),
            ("margin", value.margin),
            ("paragraphs", value.paragraphs.value),
            ("justified", str(value.justified).lower()),
            ("flow", value.flow.value),
        ):
            self._settings.setValue(f"type/{name}", kept)
        self.changed.emit("type")

    def state(self, name: str) -> QByteArray:
        """Geometry of a window or splitter; empty when there is none yet."""
        value = self._settings.value(f"state/{name}", QByteArray())
        return value if isinstance(value, QByteArray) else QByteArray()

    def keep_state(self, name: str, value: QByteArray) -> None:
        self._settings.setValue(f"state/{name}", value)

    def flag(self, name: str, default: bool) -> bool:
        return str(self._settings.value(f"flags/{name}", default)).lower() == "true"

    def keep_flag(self, name: str, value: bool) -> None:
        self._settings.setValue(f"flags/{name}", value)

    def choice(self, name: str, default: str) -> str:
        """One of several, by the name it is kept under."""
        return str(self._settings.value(f"choices/{name}", default))

    def keep_choice(self, name: str, value: str) -> None:
        self._settings.setValue(f"choices/{name}", value)

    def keys(self, action: str) -> list[str] | None:
        """The keys the user gave an action, in portable text; None: the usual ones."""
        value = self._settings.value(f"keys/{action}")
        return None if value is None else [key for key in str(value).split("\n") if key]

    def keep_keys(self, action: str, keys: list[str] | None) -> None:
        if keys is None:
            self._settings.remove(f"keys/{action}")
        else:
            self._settings.setValue(f"keys/{action}", "\n".join(keys))

    def clear(self) -> None:
        """Keep nothing at all, as if the window had never been open."""
        self._settings.clear()
        self._settings.sync()

    def pace(self, *, has_han: bool) -> ReadingPace:
        """How fast the user reads, as far as it is known."""
        name = "pace/han" if has_han else "pace/latin"
        characters, seconds = self._number(f"{name}/characters", 0.0), self._number(f"{name}/seconds", 0.0)
        return ReadingPace(max(0.0, characters), max(0.0, seconds), has_han)

    def keep_pace(self, pace: ReadingPace) -> None:
        name = "pace/han" if pace.has_han else "pace/latin"
        self._settings.setValue(f"{name}/characters", pace.characters)
        self._settings.setValue(f"{name}/seconds", pace.seconds)

    def sync(self) -> None:
        """Write now: on the way out."""
        self._settings.sync()

    def _text(self, name: str) -> str:
        return str(self._settings.value(name, ""))

    def _number(self, name: str, default: float) -> float:
        try:
            value = float(str(self._settings.value(name, default)))
        except ValueError:
            return default
        return value if math.isfinite(value) else default

    def _set(self, name: str, value: object) -> None:
        if self._settings.value(name) != value:
            self._settings.setValue(name, value)
            self.changed.emit(name)


def _within(value: float, least: float, most: float) -> float:
    return min(max(value, least), most)
