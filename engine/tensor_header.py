"""What our safetensors files say of themselves: JSON under one key of their header, read from a file that is in memory."""

from __future__ import annotations

import json
import struct
from typing import Any

HEADER_KEY = "palimpsest"


def read_header(data: bytes) -> dict[str, Any]:
    """Raises struct.error, ValueError, LookupError or TypeError for bytes that are no such file."""
    (length,) = struct.unpack_from("<Q", data)  # the format: u64 length, then JSON
    header: dict[str, Any] = json.loads(json.loads(data[8 : 8 + length])["__metadata__"][HEADER_KEY])
    return header
