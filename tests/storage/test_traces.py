from __future__ import annotations

import io
import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage import traces
from storage.line_files import remove_lines
from storage.probes import Probe, ProbeKind, label_probes, name_probes, sentence_probes
from storage.traces import Needle, NeedleSearch, Trace, make_needles, search_folder, search_in_child

SENTENCE = Probe("She had been forced into prudence", ProbeKind.SENTENCE)
PHRASE = Probe("Kellynch Hall", ProbeKind.PHRASE)
NAME = Probe("Anne", ProbeKind.NAME)
PROBES = [SENTENCE, PHRASE, NAME]


def plain_count(data: bytes, needles: list[Needle]) -> Counter[int]:
    """The plain twin of `NeedleSearch.count`."""
    return Counter(
        needle.probe
        for needle in needles
        for start in range(len(data))
        if data.startswith(needle.data, start) and needle.ends_at(data[start + len(needle.data) :][:2])
    )


FEW_BYTES = st.lists(st.sampled_from([b"a", b"b", b"\x00", "é".encode(), b"ab" * 5]), max_size=40).map(b"".join)


@settings(max_examples=150, deadline=None)
@given(
    data=FEW_BYTES,
    patterns=st.lists(FEW_BYTES.filter(lambda data: len(data) >= 4), max_size=6),
    whole_word=st.booleans(),
    block=st.integers(1, 50),
)
def test_the_fast_search_equals_the_plain_one(
    data: bytes, patterns: list[bytes], whole_word: bool, block: int, monkeypatch_module: pytest.MonkeyPatch
) -> None:
    needles = [Needle(number, pattern, 1, whole_word) for number, pattern in enumerate(patterns)]
    monkeypatch_module.setattr(traces, "_BLOCK_BYTES", block)
    assert NeedleSearch(needles).count(io.BytesIO(data)) == plain_count(data, needles)


@pytest.fixture(scope="module")
def monkeypatch_module() -> object:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_a_name_counts_as_a_whole_word_in_every_encoding(encoding: str) -> None:
    text = "Anne's Annex, “Anne” Anne\nMaryAnne annE"
    counts = NeedleSearch(make_needles([NAME])).count(io.BytesIO(text.encode(encoding)))
    assert counts == {0: 4}


def test_probes_are_found_as_json_writes_them() -> None:
    probes = [Probe("黛玉进了荣国府", ProbeKind.PHRASE), Probe('say "no" to it', ProbeKind.PHRASE)]
    counts = NeedleSearch(make_needles(probes)).count(
        io.BytesIO(rb'"\u9edb\u7389\u8fdb\u4e86\u8363\u56fd\u5e9c" "say \"no\" to it"')
    )
    assert counts == {0: 1, 1: 1}


def test_every_file_is_searched_for_what_can_be_told_from_an_accident_there(tmp_path: Path) -> None:
    everything = b"\x00".join(probe.text.encode() for probe in PROBES)
    names = [
        "palimpsest.sqlite3",
        "logs/old/palimpsest.log",
        "ui.ini",
        "memories/x/a.safetensors",
        "models/m/tokenizer.json",
        "models/m/old.safetensors",
        "models/m/new.safetensors",
    ]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(everything)
    os.utime(tmp_path / "models/m/old.safetensors", (1000, 1000))
    (tmp_path / "about Kellynch Hall.json").write_bytes(b"{}")
    found = search_folder(tmp_path, PROBES, untouched_since=2000.0)
    assert {name: {trace.probe for trace in found.traces if trace.file == name} for name in names} == {
        "palimpsest.sqlite3": {0, 1, 2},
        "logs/old/palimpsest.log": {0, 1, 2},
        "ui.ini": {0, 1},
        "memories/x/a.safetensors": {0, 1},
        "models/m/tokenizer.json": {0},
        "models/m/old.safetensors": set(),
        "models/m/new.safetensors": {0},
    }
    assert Trace("about Kellynch Hall.json", 1, 1) in found.traces
    assert found.files == len(names)  # the old tensors are not read, the file with the telling name is
    assert search_in_child(tmp_path, PROBES, untouched_since=2000.0) == found


def test_nothing_to_look_for_is_found_nowhere(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"anything")
    assert search_folder(tmp_path, [], untouched_since=0.0).traces == []


# -- probes ------------------------------------------------------------------------------------------------------------


def test_names_are_words_capitalised_inside_sentences_only() -> None:
    text = "When Anne met Captain Wentworth, the captain bowed. Every Tuesday came Anne. However, Lady Russell stayed."
    names = {probe.text for probe in name_probes(text)}
    assert {"Anne", "Wentworth", "Tuesday", "Lady Russell", "Captain Wentworth"} <= names
    assert not {"When", "Every", "However", "Captain"} & names


def test_chinese_names_are_frequent_sequences() -> None:
    text = "林黛玉笑了。" * 5 + "贾宝玉哭了。" * 4
    found = {probe.text: probe.kind for probe in name_probes(text)}
    assert (found["黛玉"], found["林黛玉"], found["贾宝玉"]) == (ProbeKind.NAME, ProbeKind.PHRASE, ProbeKind.PHRASE)


@given(st.integers(0, 400))
def test_sentence_probes_are_pieces_of_the_text_spread_over_all_of_it(count: int) -> None:
    text = "\n\n".join(f"The harbour master wrote line {number} into his book." for number in range(count))
    pieces = [probe.text for probe in sentence_probes(text)]
    assert all(piece in text and "\n" not in piece for piece in pieces)
    if count > 10:
        places = [text.index(piece) for piece in pieces]
        assert min(places) < len(text) / 4
        assert len(pieces) > min(count, 150) / 2


def test_rulers_and_figures_are_no_sentences() -> None:
    assert list(sentence_probes("-" * 300 + "\n" + "12 34 56 78 90 " * 20)) == []


def test_labels_that_say_nothing_are_no_probes() -> None:
    assert list(label_probes(["It", "notes", "", "Emma", "notes.txt", "红楼梦"])) == [
        Probe("Emma", ProbeKind.NAME),
        Probe("notes.txt", ProbeKind.PHRASE),
        Probe("红楼梦", ProbeKind.PHRASE),
    ]


# -- lines -------------------------------------------------------------------------------------------------------------


def test_lines_go_while_the_log_stays_open(tmp_path: Path) -> None:
    path = tmp_path / "palimpsest.log"
    with path.open("ab", buffering=0) as log:
        log.write(b"started\nimported Kellynch Hall\nAnnex\nAnne and Anne\nstill running\n")
        assert remove_lines(path, make_needles(PROBES)) == 2
        log.write(b"more\n")
    assert path.read_bytes() == b"started\nAnnex\nstill running\nmore\n"
    assert remove_lines(path, make_needles(PROBES)) == 0
