"""Numbers as people say them, in the language of the window.

Knows QLocale and the translations. Knows no widget.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, QDate, QLocale, QTime

translate = QCoreApplication.translate

_STAGES = (
    QT_TRANSLATE_NOOP("stage", "Waiting"),
    QT_TRANSLATE_NOOP("stage", "Starting the engine"),
    QT_TRANSLATE_NOOP("stage", "Loading the model"),
    QT_TRANSLATE_NOOP("stage", "Asking the hub"),
    QT_TRANSLATE_NOOP("stage", "Downloading"),
    QT_TRANSLATE_NOOP("stage", "Checking what has come"),
    QT_TRANSLATE_NOOP("stage", "Checking the model"),
    QT_TRANSLATE_NOOP("stage", "Checking the file"),
    QT_TRANSLATE_NOOP("stage", "Converting the model"),
    QT_TRANSLATE_NOOP("stage", "Taking the fingerprint"),
    QT_TRANSLATE_NOOP("stage", "Reading the tokenizer"),
    QT_TRANSLATE_NOOP("stage", "Reading the text"),
    QT_TRANSLATE_NOOP("stage", "Reading the file"),
    QT_TRANSLATE_NOOP("stage", "Looking for files"),
    QT_TRANSLATE_NOOP("stage", "Adding"),
    QT_TRANSLATE_NOOP("stage", "Counting tokens"),
    QT_TRANSLATE_NOOP("stage", "Storing"),
    QT_TRANSLATE_NOOP("stage", "Learning"),
    QT_TRANSLATE_NOOP("stage", "Finding passages"),
    QT_TRANSLATE_NOOP("stage", "Reading"),
    QT_TRANSLATE_NOOP("stage", "Thinking"),
    QT_TRANSLATE_NOOP("stage", "Writing"),
    QT_TRANSLATE_NOOP("stage", "Measuring"),
    QT_TRANSLATE_NOOP("stage", "Forgetting"),
    QT_TRANSLATE_NOOP("stage", "Looking for what is kept"),
    QT_TRANSLATE_NOOP("stage", "Encoding"),
    QT_TRANSLATE_NOOP("stage", "Reading the prompts"),
    QT_TRANSLATE_NOOP("stage", "Reading the books"),
    QT_TRANSLATE_NOOP("stage", "Training the gist encoder"),
    QT_TRANSLATE_NOOP("stage", "Training the segment compressor"),
    QT_TRANSLATE_NOOP("stage", "Refining the gist"),
    QT_TRANSLATE_NOOP("stage", "Stopping its jobs"),
    QT_TRANSLATE_NOOP("stage", "Removing and searching for traces"),
)
"""Every stage the engine and the library report; `stage` finds their translations."""

_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float, decimals: int = 0) -> str:
    """With the language's group separators."""
    return QLocale().toString(value, "f", decimals) if decimals else QLocale().toString(round(value))


def superscript(value: int) -> str:
    """¹ ² ³: the small figure of a citation."""
    return str(value).translate(_SUPERSCRIPT)


def percent(fraction: float, decimals: int = 0) -> str:
    """0.46 -> "46 %", in Chinese "46%"."""
    words = translate("wording", "{number} %").format(number=number(fraction * 100, decimals))
    return words.replace(" %", "\u202f%")


def together(words: str, *sentences: str) -> str:
    """One sentence after the other, with what the language puts between them."""
    for sentence in sentences:
        words = translate("wording", "{words} {sentence}").format(words=words, sentence=sentence)
    return words


def comma_list(names: Iterable[str]) -> str:
    """One after the other, with the comma of the language."""
    return translate("wording", ", ").join(names)


def signed_percent(fraction: float) -> str:
    """0.081 -> "+8.1 %", with a true minus sign."""
    return ("−" if fraction < 0 else "+") + percent(abs(fraction), 1)


def size(size_bytes: int) -> str:
    """1,500,000 -> "1.5 MB"."""
    return QLocale().formattedDataSize(size_bytes, 1, QLocale.DataSizeFormat.DataSizeSIFormat)


def seconds(value_s: float) -> str:
    """A short time, to a tenth: "0.8 s"."""
    return translate("wording", "{seconds} s").format(seconds=number(value_s, 1))


def time_left(value_s: float) -> str:
    """A coarse time, as people would say it: "12 min left"."""
    if value_s < 60:
        return translate("wording", "less than a minute left")
    minutes = round(value_s / 60)
    if minutes < 60:
        return translate("wording", "{minutes} min left").format(minutes=number(minutes))
    return translate("wording", "{hours} h {minutes} min left").format(
        hours=number(minutes // 60), minutes=number(minutes % 60)
    )


def about(value_s: float) -> str:
    """A coarse length of time: "12 min"."""
    if value_s < 60:
        return translate("wording", "less than a minute")
    minutes = round(value_s / 60)
    if minutes < 60:
        return translate("wording", "{minutes} min").format(minutes=number(minutes))
    return translate("wording", "{hours} h {minutes} min").format(
        hours=number(minutes // 60), minutes=number(minutes % 60)
    )


def day(moment: datetime) -> str:
    """ "today", "yesterday", or the date in the language's short form."""
    local = moment.astimezone()
    date = QDate(local.year, local.month, local.day)
    days_ago = date.daysTo(QDate.currentDate())
    if days_ago <= 0:
        return translate("wording", "today")
    if days_ago == 1:
        return translate("wording", "yesterday")
    return QLocale().toString(date, QLocale.FormatType.ShortFormat)


def day_and_time(moment: datetime) -> str:
    """ "today, 14:05"."""
    local = moment.astimezone()
    time = QLocale().toString(QTime(local.hour, local.minute), QLocale.FormatType.ShortFormat)
    return translate("wording", "{day}, {time}").format(day=day(moment), time=time)


def shortened(title: str, characters: int = 40) -> str:
    """A title that fits in a line of machinery."""
    return title if len(title) <= characters else title[: characters - 1].rstrip() + "…"


def file_name(words: str, suffix: str) -> str:
    """Words as the name of a file on any system."""
    return re.sub(r'[\\/:*?"<>|\x00-\x1f]+', " ", words).strip(" .")[:80] + suffix


def stage(name: str) -> str:
    """The engine's word for a stage, in the language of the window."""
    return translate("stage", name)
