"""Who may import whom: a literal table, read with `ast`. It starts green and has no exceptions."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("app", "engine", "storage")
LIGHT = (
    "engine.api",
    "engine.jobs",
    "engine.errors",
    "engine.engine_choice",
    "engine.tokenization",
    "engine.llama.library",
    "engine.llama.usable",
    "engine.loading",
    "engine.memory_need",
    "engine.model_folder",
    "engine.process",
    "engine.prompting",
    "engine.speeds",
    "engine.training_lock",
)

MAY_IMPORT: dict[str, tuple[str, ...]] = {
    # room or module: prefixes of our own modules that it may import
    "storage": ("storage",),
    "engine": ("engine",),
    "app.services": (
        "engine.api",
        "engine.errors",
        "engine.jobs",
        "storage.database",
        "storage.errors",
        "storage.page_rendering",
        "storage.prompt_states",
    ),
    "app.engine_setup": ("app.prompt_store", "engine.jobs", "engine.runtime", "storage.prompt_states"),
    "app.prompt_store": ("engine.prompt_store", "storage.errors", "storage.prompt_states"),
    "app.operations": ("app.engine_setup", "app.operations", "app.services", *LIGHT, "storage"),
    "app.console": ("app.operations.results", "app.services", "engine.api", "engine.jobs", "storage.shelves"),
    "app.demo": ("app.console", "app.operations", "engine.api"),
    "app.measuring": (),
    "app.packaged": (),
    "app.start": ("app.cli",),
    "app.commands": ("app.commands", "app.console", "app.operations", "engine.api"),
    "app.cli": (
        "app.commands",
        "app.console",
        "app.demo",
        "app.measuring",
        "app.packaged",
        "app.operations",
        "app.desktop.application",
        "engine.api",
        "engine.jobs",
        "storage.documents",
        "storage.shelves",
    ),
    "app.desktop": ("app.desktop", "app.operations", "app.services", "engine.api", "engine.jobs", "storage"),
}
"""The most specific entry counts. `app` and `engine` are the faces and the seam of ARCHITECTURE.md."""

ONLY_IN: dict[str, tuple[str, ...]] = {
    "PySide6": ("app.desktop",),
    "sqlalchemy": ("storage", "app.operations"),
    "torch": ("engine",),
    "transformers": ("engine",),
    "peft": ("engine",),
    "typer": ("app.cli", "app.commands", "app.console"),
    "pickle": ("engine.process_messages",),  # a pipe between two processes of ours; never a file
}
NEVER = ("shelve", "marshal", "dill", "cloudpickle")


def modules() -> dict[str, Path]:
    found = {}
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(path: Path) -> set[str]:
    """Every module a file imports, wherever in it; names from our packages are followed to modules."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module is not None
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                found.add(whole if whole in MODULES else node.module)
    return found


MODULES = modules()


def belongs(name: str, prefixes: tuple[str, ...]) -> bool:
    return any(name == prefix or name.startswith(prefix + ".") for prefix in prefixes)


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_keep_to_the_table(module):
    rules = [key for key in MAY_IMPORT if belongs(module, (key,))]
    if not rules:
        assert module in ("app",), f"{module} stands in no room of the table"
        return
    allowed = MAY_IMPORT[max(rules, key=len)]
    for name in imports(MODULES[module]):
        if name.split(".")[0] in ROOMS:
            assert belongs(name, allowed), f"{module} imports {name}"
        assert name.split(".")[0] not in NEVER, f"{module} imports {name}"
        for library, homes in ONLY_IN.items():
            if name.split(".")[0] == library:
                assert belongs(module, homes), f"{module} imports {name}"


def test_the_faces_and_the_seam_load_no_torch():
    """Starting must not wait for torch: not the shell's commands, not the window."""
    code = (
        "import sys, app.cli, app.operations.opening, engine.api, engine.jobs, engine.runtime\n"
        "import app.desktop.application\n"
        "heavy = {'torch', 'transformers', 'peft'} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_module_stands_in_the_map():
    """ARCHITECTURE.md names each module in one line."""
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    missing = [
        name
        for name, path in MODULES.items()
        if path.name != "__init__.py" and f"`{path.relative_to(ROOT).as_posix()}`" not in text
    ]
    assert not missing


def test_packaging_is_no_package():
    assert not (ROOT / "packaging" / "__init__.py").exists()  # it would shadow PyPI's `packaging`


def test_no_code_of_others_is_trusted():
    for name, path in MODULES.items():
        source = path.read_text("utf-8")
        assert "trust_remote_code=True" not in source, name
        assert "torch.load(" not in source, name
