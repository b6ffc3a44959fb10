"""The shelf from a shell: folders in, tagged, sorted, removed and put back."""

from __future__ import annotations

import json
import logging

import pytest
from typer.testing import CliRunner

from app.cli import app


@pytest.fixture
def palimpsest(tmp_path):
    """Run a command on one data folder; its objects, and its exit status."""

    def run(*words: str) -> tuple[list[dict], int]:
        result = CliRunner().invoke(app, [*words, "--data-dir", str(tmp_path / "data"), "--json"])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return [json.loads(line) for line in result.stdout.splitlines()], result.exit_code

    handlers = logging.getLogger().handlers[:]
    yield run
    logging.getLogger().handlers[:] = handlers


def results(lines: list[dict]) -> list[dict]:
    return [line for line in lines if line["event"] == "result"]


def test_a_folder_goes_in_and_the_shelf_is_kept_in_order(palimpsest, tmp_path):
    books = tmp_path / "books"
    (books / "inner").mkdir(parents=True)
    (books / "zebra.txt").write_text("The zebra book.\n", "utf-8")
    (books / "inner" / "apple.txt").write_text("The apple book, which is longer.\n", "utf-8")
    (books / "broken.epub").write_bytes(b"PK\x03\x04")
    lines, status = palimpsest("import", str(books))
    added = [line for line in results(lines) if "document" in line]
    assert status == 1 and len(added) == 2
    assert [line["file"] for line in results(lines) if "error" in line] == [str(books / "broken.epub")]

    def titles(*options: str) -> list[str]:
        lines, status = palimpsest("list", *options)
        assert status == 0
        return [line["title"] for line in results(lines)]

    assert titles("--sort", "title", "--search", "e")[0] == "apple"
    assert titles("--sort", "length")[1:] == ["apple", "zebra"]
    assert titles("--sort", "length", "--reverse")[:2] == ["zebra", "apple"]
    (tagged,), _ = palimpsest("tag", "apple", "Fruit", "to read")
    assert tagged["tags"] == ["Fruit", "to read"]
    assert titles("--tag", "Fruit") == ["apple"]
    (tagged,), _ = palimpsest("tag", "apple", "--remove", "fruit")
    assert tagged["tags"] == ["to read"]
    (listed,), _ = palimpsest("list", "--tag", "to read")
    assert {"document", "title", "format", "tokens", "memories"} <= listed.keys()

    (removed,), _ = palimpsest("remove", "apple")
    assert removed["removed"] and titles("--search", "apple") == []
    assert titles("--removed") == ["apple"]
    _, status = palimpsest("remove", "apple")
    assert status == 1
    palimpsest("restore", "apple")
    assert titles("--search", "apple") == ["apple"]
    palimpsest("remove", "apple")
    lines, status = palimpsest("forget", "apple")
    assert status == 0 and results(lines)[0]["residue"] == 0 and results(lines)[0]["searched_files"] >= 1
    assert titles("--removed") == []


def test_a_sort_that_is_none_is_wrong_usage(palimpsest):
    assert palimpsest("list", "--sort", "colour")[1] == 2
