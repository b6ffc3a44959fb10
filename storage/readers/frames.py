"""Frames: messages in a stream between two processes, JSON objects each behind its length.

    frame = 4 bytes, big endian: length of what follows, then that many bytes of JSON in UTF-8;
            a message with "data" has "bytes": n in its place, and n bytes follow

Never pickle: what comes out of a process that parsed a hostile file is data to be checked, not code to be run.
"""

from __future__ import annotations

import json
import struct
from typing import IO, Any

from storage.readers import limits

_LENGTH = struct.Struct(">I")


class BrokenMessage(ValueError):
    """Bytes that are no frame, or a frame that is no message of ours."""


def write_frame(stream: IO[bytes], message: dict[str, Any]) -> None:
    attached: bytes = b""
    if "data" in message:
        attached = message["data"]
        message = {**{key: value for key, value in message.items() if key != "data"}, "bytes": len(attached)}
    data = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    if len(data) > limits.MAX_FRAME_BYTES:
        raise BrokenMessage(f"a message of {len(data)} bytes")
    stream.write(_LENGTH.pack(len(data)) + data)
    if attached:
        stream.write(attached)
    stream.flush()


def read_frame(stream: IO[bytes]) -> dict[str, Any] | None:
    """The next message, or None at the end of the stream. Raises BrokenMessage."""
    head = stream.read(_LENGTH.size)
    if not head:
        return None
    if len(head) < _LENGTH.size:
        raise BrokenMessage("the stream ends within a length")
    (length,) = _LENGTH.unpack(head)
    if length > limits.MAX_FRAME_BYTES:
        raise BrokenMessage(f"a message of {length} bytes")
    data = stream.read(length)
    if len(data) < length:
        raise BrokenMessage("the stream ends within a message")
    try:
        message = json.loads(data)
    except (ValueError, RecursionError) as problem:
        raise BrokenMessage("not JSON") from problem
    if not isinstance(message, dict):
        raise BrokenMessage("not an object")
    if "bytes" in message:
        message["data"] = _attached(stream, message.pop("bytes"))
    return message


def _attached(stream: IO[bytes], length: Any) -> bytes:
    if not isinstance(length, int) or not 0 <= length <= limits.MAX_ATTACHED_BYTES:
        raise BrokenMessage(f"an attachment of {length} bytes")
    data = stream.read(length)
    if len(data) < length:
        raise BrokenMessage("the stream ends within an attachment")
    return data
