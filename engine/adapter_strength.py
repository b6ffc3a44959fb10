"""Which adapter it is that a prompt was read with: its weights, and how strongly they act. Imports no torch."""

from __future__ import annotations

import hashlib


def sha256_at(weights_sha256: str, strength: float) -> str:
    """What is read with another strength is read with another adapter. At 0 there is none ("")."""
    if strength == 0.0 or not weights_sha256:
        return ""
    if strength == 1.0:
        return weights_sha256
    return hashlib.sha256(f"{weights_sha256} x {float(strength)!r}".encode()).hexdigest()
