"""Where the data files of the window lie: beside the packages, in a checkout as in an installation."""

from __future__ import annotations

from pathlib import Path

_ASSETS = Path(__file__).resolve().parents[2] / "assets"

ICONS = _ASSETS / "icons"
TRANSLATIONS = _ASSETS / "translations"
