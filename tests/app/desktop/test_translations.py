from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from PySide6.QtCore import QTranslator

from app.desktop import wording
from app.desktop.assets import TRANSLATIONS
from app.desktop.languages import NAMES, Languages

ROOT = Path(__file__).resolve().parents[3]
FILES = sorted(TRANSLATIONS.glob("*.ts"))


def messages(file: Path) -> dict[tuple[str, str], ET.Element]:
    root = ET.parse(file).getroot()  # noqa: S314  # our own file
    return {
        (context.findtext("name", ""), message.findtext("source", "")): message
        for context in root.findall("context")
        for message in context.findall("message")
    }


def test_every_language_of_the_menu_has_its_files():
    assert {file.stem.removeprefix("palimpsest_") for file in FILES} == set(NAMES)
    assert all(file.with_suffix(".qm").is_file() for file in FILES)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_entry_is_unfinished(file):
    for (context, source), message in messages(file).items():
        translation = message.find("translation")
        assert translation is not None
        assert "type" not in translation.attrib, (context, source)
        forms = [form.text for form in translation.findall("numerusform")] or [translation.text]
        assert all(forms), (context, source)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_placeholder_survives_translation(file):
    for (_, source), message in messages(file).items():
        translation = message.find("translation")
        assert translation is not None
        forms = [form.text or "" for form in translation.findall("numerusform")] or [translation.text or ""]
        for form in forms:
            for part in source.split("{")[1:]:
                assert "{" + part.split("}")[0] + "}" in form, (source, form)
            assert ("%n" in source) == ("%n" in form)


def test_every_visible_string_is_in_the_translation(tmp_path):
    """`pyside6-lupdate` finds nothing in the source that the Chinese file does not have."""
    tool = Path(sys.executable).parent / "pyside6-lupdate"
    if not tool.exists():
        pytest.skip("pyside6-lupdate is not beside this Python")
    fresh = tmp_path / "fresh.ts"
    sources = [str(path) for path in (ROOT / "app" / "desktop").rglob("*.py")]
    subprocess.run([str(tool), *sources, "-ts", str(fresh)], check=True, capture_output=True)
    assert set(messages(fresh)) == set(messages(TRANSLATIONS / "palimpsest_zh_CN.ts"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_compiled_file_says_what_the_source_says(qapp, file):
    translator = QTranslator()
    assert translator.load(str(file.with_suffix(".qm")))
    for (context, source), message in messages(file).items():
        if message.get("numerus"):
            assert translator.translate(context, source, None, 5)
        else:
            assert translator.translate(context, source) == message.findtext("translation")


def test_switching_the_language_changes_words_at_once(qapp):
    languages = Languages()
    try:
        languages.use("zh_CN")
        assert wording.stage("Learning") == "正在学习"
        assert wording.time_left(720) == "还剩 12 分钟"
    finally:
        languages.use("en")
    assert wording.time_left(720) == "12 min left"
