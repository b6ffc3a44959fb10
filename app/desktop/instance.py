"""One window per data folder: a second start hands its files to the first and ends.

A lock file in the data folder says who is first; a local socket, which only this user may open, carries the message:

    4 bytes length, big-endian | JSON {"files": [absolute paths], "token": activation token}   ->   "ok"

Whatever else arrives is dropped. Knows sockets and paths; opens no network socket.
"""

from __future__ import annotations

import contextlib
import getpass
import hashlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, QTimer, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

LOCK_FILE = "window.lock"
MOST_BYTES = 256 * 1024
MOST_FILES = 1000
MOST_TALKERS = 8
PATIENCE_MS = 3000
"""How long either side waits for the other."""

_HEADER_BYTES = 4
_ACTIVATION = "XDG_ACTIVATION_TOKEN"


@dataclass(frozen=True, slots=True)
class Message:
    """What a second start wants: these files added, the window in front."""

    files: tuple[Path, ...]
    token: str = ""
    """With it a Wayland desktop lets the window come forward."""


def encode(message: Message) -> bytes:
    """Files beyond what one message may hold are left out."""
    files = [str(path) for path in message.files[:MOST_FILES]]
    body = json.dumps({"files": files, "token": message.token}).encode("ascii")
    while len(body) > MOST_BYTES:
        files = files[: len(files) // 2]
        body = json.dumps({"files": files, "token": message.token}).encode("ascii")
    return len(body).to_bytes(_HEADER_BYTES, "big") + body


def decode(body: bytes) -> Message | None:
    """A message without its length; None for anything a Palimpsest would not send."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or set(said) != {"files", "token"}:
        return None
    files, token = said["files"], said["token"]
    if not isinstance(files, list) or not isinstance(token, str) or len(files) > MOST_FILES or len(token) > 1000:
        return None
    if not all(isinstance(name, str) and "\0" not in name and Path(name).is_absolute() for name in files):
        return None
    if not token.isprintable():
        return None
    return Message(tuple(Path(name) for name in files), token)


class Instance(QObject):
    """The claim of one process on a data folder. asked: a Message from a second start, once `listen` was called."""

    asked = Signal(object)

    def __init__(self, data_dir: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = QLockFile(str(data_dir / LOCK_FILE))
        self._lock.setStaleLockTime(0)  # however long it has run; the lock of a dead process is taken over at once
        self._name = socket_name(data_dir)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.setMaxPendingConnections(MOST_TALKERS)
        self._server.newConnection.connect(self._greet)
        self._talkers: dict[QLocalSocket, bytearray] = {}

    def claim(self) -> bool:
        """Whether this process is the first; else `hand_over` reaches the one that is."""
        return self._lock.tryLock(0)

    def listen(self) -> bool:
        """Take messages from now on. False where the system allows no local socket: then second starts only say so."""
        QLocalServer.removeServer(self._name)  # of a process that died; we have the lock, so nobody listens there
        return self._server.listen(self._name)

    def hand_over(self, files: Sequence[Path]) -> bool:
        """Give the files to the first process, which may be starting still. Whether it took them."""
        message = encode(Message(tuple(path.absolute() for path in files), os.environ.get(_ACTIVATION, "")))
        give_up_at = time.monotonic() + PATIENCE_MS / 1000
        while True:
            if _is_ours(self._name) and _send(self._name, message):
                return True
            if time.monotonic() > give_up_at:
                return False
            time.sleep(0.05)

    def release(self) -> None:
        """Take no more messages and let the next start be the first."""
        self._server.close()
        for talker in list(self._talkers):
            talker.abort()
        self._lock.unlock()

    # -- the first process -----------------------------------------------------------------------------------------

    def _greet(self) -> None:
        while (talker := self._server.nextPendingConnection()) is not None:
            if len(self._talkers) >= MOST_TALKERS:
                talker.abort()
                talker.deleteLater()
                continue
            self._talkers[talker] = bytearray()
            talker.readyRead.connect(lambda talker=talker: self._read(talker))
            talker.disconnected.connect(lambda talker=talker: self._forget(talker))
            QTimer.singleShot(PATIENCE_MS, talker, talker.abort)
            self._read(talker)

    def _read(self, talker: QLocalSocket) -> None:
        heard = self._talkers.get(talker)
        if heard is None:
            return
        heard += talker.read(_HEADER_BYTES + MOST_BYTES + 1 - len(heard)).data()
        if len(heard) < _HEADER_BYTES:
            return
        length = int.from_bytes(heard[:_HEADER_BYTES], "big")
        if length > MOST_BYTES or len(heard) > _HEADER_BYTES + length:
            talker.abort()
            return
        if len(heard) < _HEADER_BYTES + length:
            return
        message = decode(bytes(heard[_HEADER_BYTES:]))
        if message is None:
            talker.abort()
            return
        talker.write(b"ok")
        talker.flush()
        talker.disconnectFromServer()
        if message.token:
            os.environ[_ACTIVATION] = message.token  # Qt takes it from here when the window asks to come forward
        self.asked.emit(message)

    def _forget(self, talker: QLocalSocket) -> None:
        if self._talkers.pop(talker, None) is not None:
            talker.deleteLater()


def socket_name(data_dir: Path) -> str:
    """Where the first process of this user and this data folder listens: in a folder nobody else can write to."""
    mark = hashlib.sha256(str(data_dir.resolve()).encode()).hexdigest()[:16]
    if sys.platform == "win32":
        return f"palimpsest-{getpass.getuser()}-{mark}"
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    folder = Path(runtime) if Path(runtime).is_absolute() else Path(tempfile.gettempdir()) / f"palimpsest-{os.getuid()}"
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, exist_ok=True)
    return str(folder / f"palimpsest-{mark}")


def _is_ours(name: str) -> bool:
    """Whether the socket belongs to this user: nobody else is told which files are opened."""
    if sys.platform == "win32":
        return True
    try:
        return Path(name).stat().st_uid == os.getuid()
    except OSError:
        return False


def _send(name: str, message: bytes) -> bool:
    talker = QLocalSocket()
    talker.connectToServer(name)
    if not talker.waitForConnected(PATIENCE_MS):
        return False
    talker.write(message)
    answer = b""
    while len(answer) < 2 and talker.waitForReadyRead(PATIENCE_MS):
        answer += talker.readAll().data()
    talker.disconnectFromServer()
    return answer == b"ok"
