"""Which installed font writes what: the window's own font, and what stands in for characters it does not have.

Knows families and languages. Chooses by what is installed; with no font for Chinese installed, says so.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtGui import QFont, QFontDatabase, QFontInfo
from PySide6.QtWidgets import QApplication

_HAN_SANS = {
    "zh": ("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei UI", "Microsoft YaHei"),
    "zh-hant": ("Noto Sans CJK TC", "Noto Sans TC", "Source Han Sans TC", "PingFang TC", "Microsoft JhengHei UI"),
    "ja": ("Noto Sans CJK JP", "Noto Sans JP", "Source Han Sans", "Hiragino Sans", "Yu Gothic UI"),
    "ko": ("Noto Sans CJK KR", "Noto Sans KR", "Source Han Sans K", "Apple SD Gothic Neo", "Malgun Gothic"),
}  # fmt: skip

_WRITING_SYSTEMS = {
    "zh": QFontDatabase.WritingSystem.SimplifiedChinese,
    "zh-hant": QFontDatabase.WritingSystem.TraditionalChinese,
    "ja": QFontDatabase.WritingSystem.Japanese,
    "ko": QFontDatabase.WritingSystem.Korean,
}


def han_kind(language: str) -> str | None:
    """ "zh", "zh-hant", "ja" or "ko" for a language tag that is written so, None for others."""
    tag = language.lower().replace("_", "-")
    if tag.startswith(("zh-tw", "zh-hk", "zh-hant")):
        return "zh-hant"
    short = tag.split("-")[0]
    return short if short in _HAN_SANS else None


def window_families(system: str, language: str, installed: Collection[str]) -> list[str]:
    """The system's family first, then the installed ones for the language of the window, then for the other scripts.

    A character that stands in several scripts (骨, 直) so takes the shape that readers of the language expect.
    """
    kind = han_kind(language) or "zh"
    ordered = [*_HAN_SANS[kind], *(family for other, found in _HAN_SANS.items() if other != kind for family in found)]
    return [system, *(family for family in ordered if family in installed and family != system)]


def use_window_font(app: QApplication, language: str) -> None:
    """Set the window's font for a language of the window; its size stays the system's."""
    font = QFont(app.font())
    # "Sans Serif" is a name the system resolves; beside real families it would lose against the first of them.
    system = QFontInfo(QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)).family()
    families = window_families(system, language, QFontDatabase.families())
    if font.families() != families:
        font.setFamilies(families)
        app.setFont(font)


def can_write(language: str) -> bool:
    """Whether an installed font has the characters of a language; of others than Chinese, Japanese, Korean: yes."""
    kind = han_kind(language)
    return kind is None or bool(installed_for(kind))


def installed_for(kind: str) -> Sequence[str]:
    """Families with the characters of "zh", "zh-hant", "ja" or "ko"."""
    return QFontDatabase.families(_WRITING_SYSTEMS[kind])
