"""A file that is gone once it was read, wherever the process ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile

import pytest

from engine.llama import fleeting_file as module
from engine.llama.fleeting_file import fleeting_file

WAITING = """
import sys, tempfile, time
from engine.llama.fleeting_file import fleeting_file
tempfile.tempdir = sys.argv[1]
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
    with subprocess.Popen([sys.executable, "-c", WAITING, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "True\n"
        os.kill(process.pid, signal.SIGKILL)
    assert list(tmp_path.iterdir()) == []
