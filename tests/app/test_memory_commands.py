"""`palimpsest memories`: what was learned, from a shell."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.operations import library, opening
from storage.memories import MemoryRow, put_memory


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder in which the story was learned once."""
    services = opening.open_services(tmp_path, echo=True)
    try:
        (story,) = library.list_documents(services)
        where = f"memories/{story.document_id}/x"
        memory = MemoryRow(
            "m", story.document_id, "temp_lora", "tiny", "0123", "complete", where, 9, 512, {}, True, datetime.now(UTC)
        )
        with services.database.session() as session:
            put_memory(session, memory)
        (tmp_path / where).mkdir(parents=True)
        (tmp_path / where / "adapter_model.safetensors").write_bytes(b"123456789")
    finally:
        services.close()
    return tmp_path


def run(folder: Path, *words: str) -> tuple[int, list[dict[str, object]]]:
    result = CliRunner().invoke(app, ["memories", *words, "--json", "--data-dir", str(folder)])
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()]


def test_memories_are_listed_left_aside_and_forgotten(folder: Path) -> None:
    status, (row,) = run(folder)
    assert status == 0
    assert (row["title"], row["tokens"], row["usable"], row["attached"]) == ("The Light Book", 512, False, True)
    assert run(folder, "light", "--leave")[1][0]["attached"] is False
    assert run(folder)[1][0]["attached"] is False
    assert run(folder, "light", "--forget")[1][0]["residue"] == 0
    assert run(folder) == (0, [])
    assert not list((folder / "memories").rglob("*"))


def test_forgetting_without_a_name_forgets_nothing(folder: Path) -> None:
    assert run(folder, "--forget") == (2, [])
    assert len(run(folder)[1]) == 1


def test_how_strongly_an_adapter_acts_is_kept_with_it(folder: Path) -> None:
    assert run(folder, "light", "--adapter-scale", "1.5")[1][0]["strength"] == 1.5
    assert run(folder)[1][0]["strength"] == 1.5
    assert run(folder, "--adapter-scale", "1.5") == (2, [])
    assert run(folder, "light", "--adapter-scale", "3") == (2, [])
