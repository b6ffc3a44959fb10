"""A file that is gone once it was read, wherever the process ends."""

from __future__ import annotations

import subprocess
import sys
import tempfile

import pytest

from engine.llama import fleeting_file as module
from engine.llama.fleeting_file import fleeting_file, remove_left_behind

WAITING = """
import sys, tempfile, time
from pathlib import Path
from engine.llama import fleeting_file as module
from engine.llama.fleeting_file import fleeting_file
tempfile.tempdir = sys.argv[1]
if "in a folder" in sys.argv:
    module._OPEN_FILES = Path("no such folder")
with fleeting_file("adapter.gguf") as path:
    path.write_bytes(b"what a document says")
    print(path.read_bytes() == b"what a document says", flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("in_memory", [True, False])
def test_what_is_written_is_read_and_then_gone(in_memory, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    if not in_memory:
        monkeypatch.setattr(module, "_OPEN_FILES", tmp_path / "no such folder")
    with fleeting_file("adapter.gguf") as path:
        path.write_bytes(b"weights")
        assert path.read_bytes() == b"weights" and path.stat().st_size == 7
        assert (list(tmp_path.iterdir()) == []) == (in_memory and sys.platform == "linux")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(RuntimeError), fleeting_file("adapter.gguf") as path:
        raise RuntimeError
    assert list(tmp_path.iterdir()) == [] and not path.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="there are no files without a folder elsewhere")
def test_a_process_that_is_killed_leaves_nothing_behind(tmp_path):
    killed_while_it_has_one(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_in_a_folder_the_next_one_removes(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(module, "_OPEN_FILES", tmp_path / "no such folder")
    others = [tmp_path / name for name in ("palimpsest-passing-notes", "palimpsest-99999999-x", "else")]
    for folder in others:
        folder.mkdir()
    killed_while_it_has_one(tmp_path, "in a folder")
    assert len(list(tmp_path.rglob("adapter.gguf"))) == 1
    with fleeting_file("adapter.gguf") as path:
        path.write_bytes(b"weights")
        remove_left_behind()
        assert list(tmp_path.rglob("adapter.gguf")) == [path]
    assert sorted(tmp_path.iterdir()) == sorted(others)


def killed_while_it_has_one(*arguments) -> None:
    command = [sys.executable, "-c", WAITING, *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "True\n"
        process.kill()
