"""Every sentence that engine, storage and operations can say stands in the catalogue the window translates from."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication

from app.desktop.languages import Languages
from app.desktop.sentence_catalogue import SENTENCES
from app.desktop.sentences import localized
from engine.llama.library import why_unavailable
from storage.errors import ReaderError
from storage.readers.parsing import parse_file
from storage.readers.source import Source

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


def refusals(folder: Path) -> list[str]:
    """What the readers say of files that are no books."""
    files = {
        "nothing.txt": b"",
        "story.pdf": b"%PDF-1.7 and no more",
        "pictures.cbr": b"Rar!\x1a\x07\x00",
        "scan.djvu": b"AT&TFORM0000",
        "data.txt": bytes(range(256)) * 20,
        "novel.epub": b"PK\x03\x04 broken",
        "list.json": b'{"neither": "chat nor export"}',
    }
    said = []
    for name, data in files.items():
        path = folder / name
        path.write_bytes(data)
        with pytest.raises(ReaderError) as refusal:
            parse_file(Source(path))
        said.append(str(refusal.value))
    with pytest.raises(ReaderError) as refusal:
        parse_file(Source(folder))
    return [*said, str(refusal.value)]


def test_what_a_reader_says_of_a_file_is_said_in_chinese(chinese, tmp_path):
    for sentence in refusals(tmp_path):
        said = localized(sentence)
        name = re.match("“.*?”", sentence)
        assert name is not None and name[0] in said
        assert not re.search(r"\b(is|cannot|holds|damaged|not|and)\b", said), said


def test_a_reason_in_a_gap_is_said_in_chinese_too(chinese):
    assert localized("“a.txt” cannot be opened: Permission denied.") == "“a.txt”无法打开：权限不足。"
    assert (
        localized("“m.gguf” is not a usable GGUF file: it ends too early.")
        == "“m.gguf”不是可用的 GGUF 文件：文件提前结束。"
    )
    assert (
        localized("“m.gguf” cannot be used with llama.cpp: it lacks 2 tensors, among them output.weight.")
        == "“m.gguf”不能用于 llama.cpp：缺少 2 个张量，其中有 output.weight。"
    )
    assert localized(
        "tiny in llama.cpp needs 3.1 GB of memory and 1.0 GB are free. Close other programs or choose a smaller model."
    ) == ("llama.cpp 中的 tiny：需要 3.1 GB 内存，剩余 1.0 GB。请关闭其他程序或选小一些的模型。")


def test_how_to_get_llama_cpp_is_said_in_chinese(chinese, monkeypatch):
    versions = iter(["0.2.1", None])

    def version(_: str) -> str:
        found = next(versions)
        if found is None:
            raise importlib.metadata.PackageNotFoundError
        return found

    monkeypatch.setattr(importlib.metadata, "version", version)
    way_out = '可用 pip install "palimpsest[llama]" 安装'
    for known in ("Palimpsest 只认识 0.3", "未安装 llama.cpp"):
        said = localized(str(why_unavailable()))
        assert known in said
        assert way_out in said


def test_what_is_not_in_the_catalogue_is_said_as_it_is(chinese):
    assert localized("Nobody ever says this.") == "Nobody ever says this."
