from __future__ import annotations

import ast
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QTranslator
from PySide6.QtWidgets import QMenu

from app.desktop import wording
from app.desktop.assets import TRANSLATIONS
from app.desktop.languages import NAMES, Languages

ROOT = Path(__file__).resolve().parents[3]
FILES = sorted(TRANSLATIONS.glob("*.ts"))
CHINESE = TRANSLATIONS / "palimpsest_zh_CN.ts"
NAMES_IN_CHINESE = re.compile(
    r"Palimpsest|Project Gutenberg|ChatGPT|SillyTavern|Claude|Telegram|Kindle|DjVu|Microsoft Reader|Word|LibreOffice|calibre"
    r"|Office|OpenDocument|Android|Windows|PyTorch|CUDA|Noto Sans CJK|Apache|Unicode|huggingface\.co|JSON Lines"
    r"|Ctrl|Alt|Shift|Esc|F\d+|F2|UTC|OCR|DRM|https|llama-gguf-split --merge|make|pip install palimpsest\[cuda\]|bitsandbytes"
    r"|palimpsest (?:compress train (?:--method segments )?--model|ask --instructions)|--data|prompt|completion|instruction|input|output"
    r"|pip install \"palimpsest\[llama\]\"|llama\.cpp|llama-cpp-python"
    r"|[A-Z][A-Z0-9]+(?:/[A-Z0-9]+)?|7-Zip|gzip|bzip2|xz|zstd|zip|Markdown|PostScript|WebP|pickle|MiB|GB|MB"
    r"|(?:config|tokenizer)\.json|model\.safetensors|safetensors|p\. 12|Aa|\*\.\w+|-wal"
)
"""What is written in Latin letters in Chinese, too: names, keys, formats, units, what is to be typed."""


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


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_number_has_its_plural_forms(file):
    wanted = 2 if file.stem.endswith("_en") else 1
    for (_, source), message in messages(file).items():
        assert ("%n" in source) == (message.get("numerus") == "yes"), source
        if "%n" in source:
            assert len(message.findall("translation/numerusform")) == wanted, source


def test_the_english_file_has_the_plural_forms_of_all_the_chinese_has():
    plurals = {key for key, message in messages(CHINESE).items() if message.get("numerus")}
    assert set(messages(TRANSLATIONS / "palimpsest_en.ts")) == plurals


def test_chinese_is_written_in_chinese():
    left = {}
    for (context, source), message in messages(CHINESE).items():
        words = message.findtext("translation/numerusform") or message.findtext("translation", "")
        rest = NAMES_IN_CHINESE.sub("", re.sub(r"\{\w*\}|%n|\(&\w\)", "", words))
        if re.search(r"[A-Za-z]{2,}", rest):
            left[context, source] = words
    assert not left


def test_chinese_has_its_own_punctuation():
    for (context, source), message in messages(CHINESE).items():
        words = message.findtext("translation/numerusform") or message.findtext("translation", "")
        words = words.replace('"palimpsest[llama]"', "palimpsest")  # as a shell wants it
        assert not re.search(r"[\u4e00-\u9fff][,;:?!]|[,;:?!][\u4e00-\u9fff]|\.\.\.|[\u4e00-\u9fff]\.$", words), (
            source,
            words,
        )
        assert not re.search(r"[ \u202f]%(?!n)| …|‘|\"", words), (source, words)
        if source.rstrip().endswith("…"):
            assert "…" in words, (context, source)


def said(tree: ast.AST, context: str = "") -> Iterator[tuple[str, str, bool]]:
    """Context, words and whether a number goes with them, of all that is marked for translation."""
    for node in ast.iter_child_nodes(tree):
        yield from said(node, node.name if isinstance(node, ast.ClassDef) else context)
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        words = [each.value if isinstance(each, ast.Constant) else None for each in node.args]
        if name == "tr" and words and isinstance(words[0], str):
            yield context, words[0], len(words) > 2
        elif name in ("translate", "QT_TRANSLATE_NOOP") and len(words) > 1 and isinstance(words[1], str):
            yield str(words[0]), words[1], len(words) > 3


def test_no_visible_string_escapes_the_tool():
    """`pyside6-lupdate` passes over some forms of calls without a word, such as a number given to `translate`."""
    known = messages(CHINESE)
    for path in sorted((ROOT / "app" / "desktop").rglob("*.py")):
        for context, words, numbered in said(ast.parse(path.read_text("utf-8"))):
            assert (context, words) in known, (path.name, context, words)
            assert numbered == (known[context, words].get("numerus") == "yes"), (path.name, words)


@pytest.mark.parametrize("language", NAMES)
def test_every_access_key_of_a_menu_is_its_only_one(reading, desktop, qtbot, language):
    desktop.preferences.language = language
    try:
        bar = reading.menuBar()
        file_menu = QCoreApplication.translate("MainWindow", "&File")
        qtbot.waitUntil(lambda: bar.actions()[0].text() == file_menu)
        for menu in (bar, *(menu for menu in reading.findChildren(QMenu) if menu.title())):
            words = [action.text() for action in menu.actions() if not action.isSeparator()]
            keys = [re.findall(r"&(\w)", text) for text in words]
            several = [key for key, times in Counter(key[0].upper() for key in keys if key).items() if times > 1]
            assert not several, (several, words)
            assert menu is not bar or all(keys), words
    finally:
        desktop.preferences.language = "en"


def test_every_visible_string_is_in_the_translation(tmp_path):
    """`pyside6-lupdate` finds nothing in the source that the Chinese file does not have."""
    tool = Path(sys.executable).parent / "pyside6-lupdate"
    if not tool.exists():
        pytest.skip("pyside6-lupdate is not beside this Python")
    fresh = tmp_path / "fresh.ts"
    sources = [str(path) for path in (ROOT / "app" / "desktop").rglob("*.py")]
    subprocess.run([str(tool), *sources, "-ts", str(fresh)], check=True, capture_output=True)
    assert set(messages(fresh)) == set(messages(CHINESE))


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
        assert wording.percent(0.46) == "46%"
        assert wording.comma_list(["甲", "乙"]) == "甲、乙"
        assert wording.together("甲。", "乙。", "丙。") == "甲。乙。丙。"
    finally:
        languages.use("en")
    assert wording.time_left(720) == "12 min left"
    assert wording.percent(0.46) == "46\u202f%"
    assert wording.comma_list(["a", "b"]) == "a, b"
    assert wording.together("A.", "B.") == "A. B."
