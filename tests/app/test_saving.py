from __future__ import annotations

import pytest

from app.operations.saving import save_text
from storage.errors import StorageError


def test_a_file_is_written_whole_or_left_as_it_was(tmp_path):
    file = tmp_path / "talk.md"
    save_text(file, "one\ntwo\n")
    assert file.read_bytes() == b"one\ntwo\n"
    with pytest.raises(UnicodeEncodeError):
        save_text(file, "three \ud800")
    assert file.read_bytes() == b"one\ntwo\n"
    assert list(tmp_path.iterdir()) == [file]


def test_what_cannot_be_written_is_a_sentence(tmp_path):
    with pytest.raises(StorageError, match=r"“talk\.md” cannot be written: .+\."):
        save_text(tmp_path / "nowhere" / "talk.md", "words")
    (tmp_path / "talk.md").mkdir()
    with pytest.raises(StorageError):
        save_text(tmp_path / "talk.md", "words")
    assert [path.name for path in tmp_path.iterdir()] == ["talk.md"]
