"""One window per data folder: files go to the first, strangers and nonsense go nowhere."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.desktop import instance as instances
from app.desktop.instance import Instance, Message, decode, encode, socket_name

ROOT = Path(__file__).resolve().parents[3]
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="local sockets are files here only")


@pytest.fixture
def first(qapp, tmp_path, monkeypatch):
    runtime = tempfile.mkdtemp()  # the path of a socket must be short
    monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
    claimed = Instance(tmp_path)
    assert claimed.claim()
    assert claimed.listen()
    yield claimed
    claimed.release()
    Path(runtime).rmdir()


def second_start(data_dir: Path, *files: Path) -> subprocess.Popen[str]:
    code = (
        "import sys; from pathlib import Path; from PySide6.QtCore import QCoreApplication\n"
        "from app.desktop.instance import Instance\n"
        "app = QCoreApplication([]); one = Instance(Path(sys.argv[1]))\n"
        "print(one.claim()); print(one.hand_over([Path(name) for name in sys.argv[2:]]))"
    )
    words = [sys.executable, "-c", code, str(data_dir), *map(str, files)]
    return subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)


@given(st.lists(st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1), max_size=20), st.text())
def test_a_message_survives_the_way(names, token):
    message = Message(tuple(Path("/") / name.lstrip("/") for name in names), token if token.isprintable() else "")
    sent = encode(message)
    assert int.from_bytes(sent[:4], "big") == len(sent) - 4
    assert decode(sent[4:]) == message


def test_a_message_never_grows_beyond_its_bound():
    sent = encode(Message(tuple(Path("/" + "x" * 3000 + str(number)) for number in range(900))))
    assert len(sent) <= instances.MOST_BYTES + 4
    assert decode(sent[4:]) is not None


@given(st.binary(max_size=200))
def test_noise_is_no_message(noise):
    assert decode(noise) is None


@pytest.mark.parametrize(
    "said",
    [
        {"files": ["relative.txt"], "token": ""},
        {"files": ["/a\0b"], "token": ""},
        {"files": "/a", "token": ""},
        {"files": [7], "token": ""},
        {"files": ["/a"] * (instances.MOST_FILES + 1), "token": ""},
        {"files": [], "token": "x" * 2000},
        {"files": [], "token": "a\nb"},
        {"files": [], "token": "", "run": "rm"},
        ["/a"],
        None,
    ],
)
def test_what_no_palimpsest_would_say_is_no_message(said):
    assert decode(json.dumps(said).encode()) is None


def test_deep_nesting_is_no_message():
    assert decode(b"[" * 100_000) is None


def test_a_second_start_hands_its_files_over(first, qtbot, tmp_path):
    with qtbot.waitSignal(first.asked, timeout=20_000) as asked:
        second = second_start(tmp_path, Path("/books/one.epub"), Path("two.txt"))
    said, _ = second.communicate(timeout=20)
    assert said.split() == ["False", "True"]
    assert asked.args[0].files == (Path("/books/one.epub"), ROOT / "two.txt")


def test_another_data_folder_is_another_instance(first, tmp_path):
    other = Instance(tmp_path / "..")
    assert other.claim()
    other.release()
    (tmp_path / ".." / instances.LOCK_FILE).unlink(missing_ok=True)
    assert socket_name(tmp_path) != socket_name(tmp_path.parent)


def test_when_the_first_has_ended_the_next_is_first(first, tmp_path):
    first.release()
    after = Instance(tmp_path)
    assert after.claim() and after.listen()
    after.release()


@POSIX
def test_what_a_crash_left_behind_is_in_nobodys_way(qapp, tmp_path, monkeypatch):
    runtime = Path(tempfile.mkdtemp())
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    code = (
        "import os, sys; from pathlib import Path; from PySide6.QtCore import QCoreApplication\n"
        "from app.desktop.instance import Instance\n"
        "app = QCoreApplication([]); one = Instance(Path(sys.argv[1]))\n"
        "assert one.claim() and one.listen(); os._exit(1)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, timeout=60)
    assert list(runtime.iterdir()) and (tmp_path / instances.LOCK_FILE).exists()
    after = Instance(tmp_path)
    assert after.claim() and after.listen()
    after.release()


@POSIX
def test_only_this_user_may_talk(first, tmp_path):
    mode = Path(socket_name(tmp_path)).stat().st_mode
    assert stat.S_ISSOCK(mode) and not mode & 0o077


@POSIX
def test_nonsense_and_silence_are_dropped_and_the_window_goes_on(first, qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr(instances, "PATIENCE_MS", 200)
    heard: list[Message] = []
    first.asked.connect(heard.append)
    ended = threading.Semaphore(0)

    def talk(words: bytes) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as talker:
            talker.connect(socket_name(tmp_path))
            talker.settimeout(10)
            try:
                talker.sendall(words)
                talker.recv(10)
            except OSError:
                pass
        ended.release()

    nonsense = [
        b"",
        b"\xff\xff\xff\xff" + b"x" * 500_000,
        b"\x00\x00\x00\x02[]",
        b"GET / HTTP/1.1\r\n\r\n",
        os.urandom(99),
    ]
    for words in nonsense:
        threading.Thread(target=talk, args=(words,), daemon=True).start()
    left = len(nonsense)
    for _ in range(left):
        qtbot.waitUntil(lambda: ended.acquire(blocking=False), timeout=20_000)
    qtbot.waitUntil(lambda: not first._talkers, timeout=20_000)
    assert heard == []
    with qtbot.waitSignal(first.asked, timeout=20_000):
        second = second_start(tmp_path)
    second.communicate(timeout=20)
