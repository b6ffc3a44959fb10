"""No network socket, ever: a real window in a process of its own imports, learns and asks while every socket is watched.

Watched twice, in the window's process and in every child of it (the engine, the readers, the search for traces): Python's own
sockets by an audit hook that each Python process installs at its start, everything else by asking the system.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from engine.errors import ModelError
from engine.loading import embedded_model

ROOT = Path(__file__).resolve().parents[3]

HOOK = """
import os, sys
def watch(event, args):
    if event in ("socket.__new__", "socket.bind", "socket.connect", "socket.getaddrinfo", "socket.gethostbyname"):
        if event == "socket.__new__" and int(args[1]) == 1:  # AF_UNIX
            return
        with open(os.environ["SOCKETS_SEEN"], "a", encoding="utf-8") as seen:
            seen.write(f"{os.getpid()} {sys.argv} {event} {args}\\n")
sys.addaudithook(watch)
with open(os.environ["SOCKETS_SEEN"] + ".pids", "a", encoding="utf-8") as pids:
    pids.write(f"{os.getpid()}\\n")
"""

DRIVER = """
import functools, sys
from pathlib import Path
from PySide6.QtCore import QTimer
from app.desktop import application
from app.operations import library, opening
from app.operations.memories import of_library

data_dir, book, kind = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
if kind == "echo":
    opening.open_services = functools.partial(opening.open_services, echo=True)

def story(desktop):
    window, services = desktop.window, desktop.services
    yield lambda: not window.strip.lines and len(library.list_documents(services)) == 2
    book_id = next(row.document_id for row in library.list_documents(services) if not row.sample)
    window.open_document(book_id)
    yield lambda: window.reader.document is not None and window.reader.document.document_id == book_id
    ended = []
    learning = window.reader.memory_panel._control.learn(book_id, up_to=2500)
    learning.ended.connect(lambda: ended.append(True))
    yield lambda: ended
    panel = window.reader.ask_panel
    panel.box.setPlainText("Who kept the light?")
    panel.ask()
    yield lambda: not panel.is_answering
    learned = [row.memory.state for row in of_library(services)]
    print("learned", learned, "asked", bool(panel.box.toPlainText() == ""), flush=True)
    window.close()

def drive(desktop):
    steps, waiting = story(desktop), [None]
    timer = QTimer(desktop)
    def step():
        if waiting[0] is None or waiting[0]():
            waiting[0] = next(steps, lambda: False)
    timer.timeout.connect(step)
    timer.start(100)

start = application.Desktop.start
def start_and_drive(self, files):
    start(self, files)
    drive(self)
application.Desktop.start = start_and_drive
sys.exit(application.main(["palimpsest"], data_dir, [book]))
"""


def inet_sockets(process: psutil.Process) -> list[str]:
    """Of a process and all its children, whatever language opened them."""
    found = []
    try:
        family = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []
    for member in family:
        try:
            found += [f"{member.cmdline()[:6]} {each}" for each in member.net_connections(kind="inet")]
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
    return found


@pytest.mark.parametrize("kind", ["echo", pytest.param("model", marks=pytest.mark.model)])
def test_no_network_socket_is_opened(tmp_path, kind):
    if kind == "model":
        try:
            embedded_model()
        except ModelError as problem:
            pytest.fail(str(problem))
    hooks, data_dir, book = tmp_path / "hooks", tmp_path / "data", tmp_path / "light.txt"
    hooks.mkdir()
    (hooks / "sitecustomize.py").write_text(HOOK, encoding="utf-8")
    paragraphs = [f"In year {year} Thirza kept the light on the cape, and the boats came home." for year in range(80)]
    book.write_text("\n\n".join(paragraphs), encoding="utf-8")
    seen = tmp_path / "seen"
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join((str(hooks), str(ROOT))),
        "SOCKETS_SEEN": str(seen),
        "QT_QPA_PLATFORM": "offscreen",
        "XDG_RUNTIME_DIR": str(tmp_path),
    }
    words = [sys.executable, "-c", DRIVER, str(data_dir), str(book), kind]
    with subprocess.Popen(
        words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as window:
        watched, opened = psutil.Process(window.pid), []
        give_up_at = time.monotonic() + 270
        while window.poll() is None and not opened:
            opened = inet_sockets(watched)
            if time.monotonic() > give_up_at:
                window.kill()
            time.sleep(0.1)
        if opened:
            window.kill()
        said, errors = window.communicate()
    assert not opened
    assert window.returncode == 0, errors
    assert "asked True" in said, errors
    if kind == "model":
        assert "learned ['" in said, said
    assert not seen.exists(), seen.read_text("utf-8")
    started = len(set((tmp_path / "seen.pids").read_text("utf-8").split()))
    assert started >= 3  # the window, its engine and a reader were all watched


def test_the_watch_sees_a_socket(tmp_path):
    """The same hook, on a process that does open one."""
    (tmp_path / "sitecustomize.py").write_text(HOOK, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "SOCKETS_SEEN": str(tmp_path / "seen")}
    code = "import socket, sys; one = socket.socket(); one.bind(('127.0.0.1', 0)); one.close()"
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, timeout=60)
    assert "socket.bind" in (tmp_path / "seen").read_text("utf-8")
