"""What there is to say of a model in a line: its size, what it needs, whose licence, which languages."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QLocale

from app.desktop.wording import comma_list, number, size, together
from app.operations.catalogue import find_in_catalogue
from app.operations.model_memory import Fit
from engine.api import PYTORCH

translate = QCoreApplication.translate

LANGUAGES_NAMED = 4

_OWN_NAMES = {"en": "English", "zh": "中文", "es": "español"}
"""Where Qt names a country along with the language."""


def title_of(name: str) -> str:
    """What a model is called: listed ones by their title, the user's own by their name."""
    listed = find_in_catalogue(name)
    return listed.title if listed is not None else name


def parameter_words(parameters: int) -> str:
    """494,000,000 -> "494 M parameters"; 1,540,000,000 -> "1.5 B parameters"."""
    if parameters < 950_000_000:
        return translate("models", "{count} M parameters").format(count=number(parameters / 1e6))
    return translate("models", "{count} B parameters").format(count=number(parameters / 1e9, 1))


def fit_words(fit: Fit) -> str:
    """ "Needs about 3.1 GB of the 9.7 GB of memory that are free", or that it does not fit and what to do."""
    figures = {"need": size(fit.needs_bytes), "free": size(fit.available_bytes)}
    if not fit.fits:
        return translate(
            "models", "Does not fit: needs about {need} of memory, {free} free. Choose a smaller model."
        ).format(**figures)
    if fit.alone:
        alone = {"need": size(fit.pytorch_bytes if fit.alone == PYTORCH else fit.llama_bytes), "free": figures["free"]}
        return (
            translate(
                "models",
                "Needs about {need} of the {free} of memory that are free: PyTorch alone, llama.cpp does not fit beside it",
            )
            if fit.alone == PYTORCH
            else translate(
                "models",
                "Needs about {need} of the {free} of memory that are free: llama.cpp alone, books cannot be learned",
            )
        ).format(**alone)
    if fit.graphics:
        return translate("models", "Needs about {need} of the {free} of graphics memory that are free").format(
            **figures
        )
    return translate("models", "Needs about {need} of the {free} of memory that are free").format(**figures)


def learning_words(fit: Fit) -> str:
    """For the tooltip: what learning takes."""
    words = translate("models", "For asking about {need}, while a book is learned about {learning}.").format(
        need=size(fit.needs_bytes), learning=size(fit.learning_needs_bytes)
    )
    if fit.fits and not fit.learning_fits:
        words = together(words, translate("models", "Learning may be slow: not all of that is free."))
    return words


def language_names(codes: Sequence[str]) -> list[str]:
    """Each under its own name."""
    return [_OWN_NAMES.get(code) or QLocale(code).nativeLanguageName() or code for code in codes]


def language_words(codes: Sequence[str], in_all: int) -> str:
    """ "English, 中文, français, español and 25 more"."""
    names = language_names(codes)
    shown = comma_list(names[:LANGUAGES_NAMED])
    more = max(in_all, len(names)) - min(LANGUAGES_NAMED, len(names))
    if not names or more <= 0:
        return shown
    return translate("models", "{names} and {count} more").format(names=shown, count=number(more))


def licence_words(licence: str) -> str:
    """What one may do with it, where we know the licence; its name, where we do not."""
    if licence.casefold() in ("apache-2.0", "mit"):
        name = {"apache-2.0": "Apache 2.0", "mit": "MIT"}[licence.casefold()]
        return translate("models", "{licence} licence, free for any use").format(licence=name)
    if licence:
        return translate("models", "Licence “{licence}”: read its terms before you use it").format(licence=licence)
    return translate("models", "Licence unknown: it is yours to check")


def joined(parts: Sequence[str]) -> str:
    return " · ".join(part for part in parts if part)
