"""What Palimpsest is made of: itself and every library it needs, with versions and licences as they are installed."""

from __future__ import annotations

import json
import platform
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

_OURSELVES = "palimpsest"
_OF_USE = re.compile(r"extra == .(?:llama|cuda)\b")
"""Extras that bring libraries users have; what developers have is not listed."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_MODELS = Path(__file__).resolve().parents[2] / "assets" / "models"


@dataclass(frozen=True, slots=True)
class Component:
    name: str
    version: str
    licence: str


def version() -> str:
    """Of Palimpsest itself."""
    return metadata.version(_OURSELVES)


def components() -> list[Component]:
    """Palimpsest, Python, the model that comes with it, and every installed library it needs, by name."""
    libraries = [Component(d.metadata["Name"], d.version, _licence(d)) for d in _needed(_OURSELVES)]
    python = Component("Python", platform.python_version(), "PSF-2.0")
    return sorted([*libraries, python, *_models()], key=lambda component: component.name.casefold())


def _needed(root: str) -> Iterator[metadata.Distribution]:
    """A distribution and all that it requires, other distributions' extras aside; what is not installed is not listed."""
    open_names, seen = [root], set()
    while open_names:
        name = re.sub(r"[-_.]+", "-", open_names.pop()).lower()
        if name in seen:
            continue
        seen.add(name)
        try:
            found = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        yield found
        required = [
            text for text in found.requires or () if "extra ==" not in text or (name == root and _OF_USE.search(text))
        ]
        open_names += [match[0] for text in required if (match := _NAME.match(text))]


def _licence(distribution: metadata.Distribution) -> str:
    """The licence's short name: the expression, else a one-line field, else what the classifiers say."""
    about = distribution.metadata.json
    if about.get("license_expression"):
        return str(about["license_expression"])
    classified = [
        line.rsplit(" :: ", 1)[1]
        for line in about.get("classifier", ())
        if line.startswith("License :: ") and not line.endswith("OSI Approved")
    ]
    stated = str(about.get("license", "")).strip()
    if stated and "\n" not in stated and len(stated) <= 80:
        return stated
    return ", ".join(classified)


def _models() -> Iterator[Component]:
    for file in sorted(_MODELS.glob("*.json")):
        for model in json.loads(file.read_text("utf-8")).get("models", ()):
            if model.get("embedded"):
                yield Component(model["title"], model["revision"][:12], model["licence"])
