"""Every sentence that engine, storage and operations can say stands in the catalogue the window translates from."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication

from app.desktop.languages import Languages
from app.desktop.sentence_catalogue import SENTENCES
from app.desktop.sentences import localized

ROOT = Path(__file__).resolve().parents[3]


def everything_said() -> dict[str, str]:
    """What the catalogue's writer finds in the code, with the place of each."""
    spec = importlib.util.spec_from_file_location(
        "write_sentence_catalogue", ROOT / "packaging/write_sentence_catalogue.py"
    )
    assert spec is not None and spec.loader is not None
    writer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(writer)
    found: dict[str, str] = writer.everything_said()
    return found


def test_the_catalogue_holds_every_sentence_and_no_other():
    found = everything_said()
    missing = [f"{place}: {words}" for words, place in found.items() if words not in SENTENCES]
    gone = [words for words in SENTENCES if words not in found]
    assert not missing, "\n".join(missing)
    assert not gone, "\n".join(gone)


def test_no_two_sentences_of_the_catalogue_are_the_same():
    assert len(SENTENCES) == len(set(SENTENCES))


@pytest.fixture
def chinese(qapp):
    languages = Languages()
    languages.use("zh_CN")
    yield
    languages.use("en")


def filled(words: str) -> str:
    return re.sub(r"\{(\d+)\}", lambda gap: f"甲{gap[1]}", words)


def test_every_sentence_is_said_in_chinese_with_what_stood_in_its_gaps(chinese):
    for words in SENTENCES:
        translated = QCoreApplication.translate("sentence", words)
        assert translated != words, words
        assert sorted(re.findall(r"\{\d+\}", translated)) == sorted(re.findall(r"\{\d+\}", words)), words
        assert localized(filled(words)) == filled(translated), words


def test_what_is_not_in_the_catalogue_is_said_as_it_is(chinese):
    assert localized("Nobody ever says this.") == "Nobody ever says this."
