"""`palimpsest compress` and `palimpsest caches`: what programs read, what people read, and how commands end."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.operations import encoder_training
from app.operations.compressor_folders import own_encoder_folder
from app.operations.opening import open_services
from app.operations.settings import change_settings
from engine.api import SegmentTraining


@pytest.fixture
def folder(tmp_path, fake_gists, with_encoder, monkeypatch):
    """A data folder with the story, whose model has an encoder; the shell's commands have the echo backend."""
    data = tmp_path / "data"
    monkeypatch.setattr("app.commands.options.open_services", lambda folder, **_: open_services(folder, echo=True))
    monkeypatch.setattr("app.operations.compressor_folders._SHIPPED", tmp_path / "shipped")
    monkeypatch.chdir(tmp_path)
    with_encoder(own_encoder_folder(data, "echo"), "echo")
    (tmp_path / "guide.md").write_text("# Style\n\nBe kind.\n")
    return data


def call(folder, *words):
    return CliRunner().invoke(app, [*words, "--data-dir", str(folder)])


def read(folder, *words):
    """(exit status, result objects, error sentences)"""
    done = call(folder, *words, "--json")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    results = [line for line in lines if line["event"] == "result"]
    return done.exit_code, results, [line["message"] for line in lines if line["event"] == "error"]


def test_compressing_a_file_prints_the_promised_object(folder, fake_gists):
    status, (result,), _ = read(folder, "compress", "guide.md", "--k", "4", "--title", "Style")
    assert status == 0
    assert {"k", "tokens", "ratio", "bytes_exact", "bytes_gist", "divergence"} <= result.keys()
    assert (result["k"], result["method"], result["title"], result["document"]) == (4, "gist", "Style", None)
    assert fake_gists.requests[0].text == "# Style\n\nBe kind."


def test_compressing_a_document_goes_with_it(folder, fake_gists):
    status, (result,), _ = read(folder, "compress", "light", "--max-tokens", "50", "--no-literals", "--use")
    request = fake_gists.requests[0]
    assert status == 0 and result["in_use"] and result["document"] == request.document_key
    assert (request.k, request.keep_literals, request.max_tokens) == (None, False, 50)
    assert read(folder, "caches")[1][0]["in_use"]


def test_an_exact_document_is_put_before_its_questions_and_left_aside(folder):
    words = ["compress", "light", "--method", "exact"]
    assert "caches use 1” puts it before every question" in call(folder, *words).stdout
    assert "It stands before every question about the document" in call(folder, *words, "--use").stdout
    assert "kept exactly, is left aside" in call(folder, "caches", "stop-using", "1").stdout
    assert "stands before every question about it from now on" in call(folder, "caches", "use", "1").stdout
    assert read(folder, "caches")[1][0]["in_use"]
    status, results, (sentence,) = read(folder, "compress", "guide.md", "--method", "exact", "--use")
    assert (status, results) == (1, []) and "used by themselves" in sentence


def test_of_a_document_the_beginning_is_taken_unless_more_is_asked_for(folder, fake_gists):
    said = call(folder, "compress", "light", "--k", "4").stderr
    call(folder, "compress", "guide.md")
    call(folder, "compress", "light", "--max-tokens", "5000")
    assert [request.max_tokens for request in fake_gists.requests] == [2048, None, 5000]
    assert "first 2,048 tokens at most" in said


def test_an_exact_prompt_needs_no_encoder(folder):
    read(folder, "compress", "remove-encoder")
    assert read(folder, "compress", "guide.md")[2][0].startswith("echo has no gist encoder yet")
    status, (result,), _ = read(folder, "compress", "guide.md", "--method", "exact")
    assert (status, result["k"], result["bytes_gist"]) == (0, 0, 0)


def test_people_are_told_what_it_cost_and_whether_to_trust_it(folder):
    said = call(folder, "compress", "guide.md").stdout
    assert said.startswith("guide: 17 tokens in 7 (4 gist, 2 literal), 2.4 to 1  [1]")
    assert "divergence 0.100 nats a token, 2.000 without the prompt" in said and "caches use 1" in said
    assert "says less" in call(folder, "compress", "guide.md", "--k", "1").stdout
    assert "kept exactly" in call(folder, "compress", "guide.md", "--method", "exact").stdout


def test_what_means_nothing_ends_with_a_sentence(folder):
    for words in (["compress", "Moby Dick"], ["compress", "nothing.txt"], ["caches", "pin", "7"]):
        status, results, (sentence,) = read(folder, *words)
        assert status == 1 and results == [] and sentence.endswith(".")


def test_training_prints_its_curve_and_its_figures(folder, fake_gists):
    (folder.parent / "prompts.jsonl").write_text("{}")
    words = ["compress", "train", "--steps", "2", "--data", "prompts.jsonl", "--licence", "CC0-1.0"]
    done = call(folder, *words, "--json")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    curve = [line["detail"] for line in lines if line["event"] == "progress" and line.get("detail")]
    assert [score["step"] for score in curve] == [0, 1, 2] and curve[0]["recovered"] == {"1": 0.4}
    assert lines[-1]["event"] == "result" and lines[-1]["steps"] == 2 and lines[-1]["model"] == "echo"
    assert fake_gists.requests[0].licence == "CC0-1.0"
    assert "of what is held out is kept 1: 40 %" in call(folder, *words).stderr
    assert "of what the prompt says, by gist tokens: 1: 40 %" in call(folder, *words).stdout


@pytest.mark.parametrize(
    ("seconds", "options", "words"),
    [
        (19_800.0, [], "This takes about 5.5 hours here; Ctrl-C"),
        (600.0, ["--steps", "2"], "This takes about 10 min here; Ctrl-C"),
        (None, [], "On a processor alone this takes hours; Ctrl-C"),
        (None, ["--steps", "2"], ""),
        (600.0, ["--batch", "2"], ""),
    ],
)
def test_how_long_training_takes_is_said_before_where_it_is_known(folder, monkeypatch, seconds, options, words):
    monkeypatch.setattr(encoder_training, "training_seconds", lambda *_, **__: seconds)
    done = call(folder, "compress", "train", *options)
    assert done.exit_code == 0 and (words in done.stderr if words else "Ctrl-C" not in done.stderr)


def test_training_that_was_never_stopped_cannot_go_on(folder):
    status, _, (sentence,) = read(folder, "compress", "train", "--resume")
    assert status == 1 and "was stopped here" in sentence


def test_a_segment_compressor_is_trained_on_books_of_others_than_those_held_out(folder, fake_gists):
    (folder.parent / "books").mkdir()
    words = ["compress", "train", "--method", "segments", "--steps", "2", "--data", "books"]
    status, (result,), _ = read(folder, *words, "--hold-out", "Austen", "--hold-out", "Doyle", "--segments", "6")
    assert status == 0 and result["method"] == "segments" and result["score"]["recovered"] == {"8": 0.5, "32": 0.25}
    config = fake_gists.requests[0].config
    assert isinstance(config, SegmentTraining) and (config.hold_out, config.segments) == (("Austen", "Doyle"), 6)
    assert "of what the text before says, by tokens to a slot: 8: 50 %, 32: 25 %" in call(folder, *words).stdout
    found = {each["method"]: each for each in read(folder, "compress", "encoders")[1]}
    assert found.keys() == {"gist", "segments"} and found["segments"]["used"]
    assert read(folder, "compress", "remove-encoder", "--method", "segments")[0] == 0
    assert [each["method"] for each in read(folder, "compress", "encoders")[1]] == ["gist"]


@pytest.mark.parametrize(
    "words",
    [["--hold-out", "Austen"], ["--further"], ["--window", "3"], ["--method", "segments", "--max-prompt-tokens", "64"]],
)
def test_an_option_of_the_other_method_is_refused(folder, fake_gists, words):
    assert call(folder, "compress", "train", *words).exit_code == 2 and not fake_gists.requests


def test_a_segment_compressor_is_not_trained_on_nothing(folder):
    status, _, (sentence,) = read(folder, "compress", "train", "--method", "segments")
    assert status == 1 and "--data" in sentence


def test_encoders_are_listed_and_removed(folder):
    (found,) = read(folder, "compress", "encoders")[1]
    assert (found["model_name"], found["own"], found["used"]) == ("echo", True, True)
    assert "* echo" in call(folder, "compress", "encoders").stdout
    assert read(folder, "compress", "remove-encoder")[0] == 0
    assert "echo has no gist encoder" in call(folder, "compress", "encoders").stderr
    assert read(folder, "compress", "remove-encoder")[0] == 1


def test_kept_prompts_are_listed_changed_compared_and_deleted(folder):
    for name in ("one", "two"):
        (folder.parent / f"{name}.txt").write_text(name * 5)
        read(folder, "compress", f"{name}.txt")
    assert [row["title"] for row in read(folder, "caches")[1]] == ["two", "one"]
    for words, field, value in (
        (["pin", "one"], "pinned", True),
        (["unpin", "1"], "pinned", False),
        (["use", "one"], "in_use", True),
        (["stop-using", "one"], "in_use", False),
    ):
        status, (result,), _ = read(folder, "caches", *words)
        assert (status, result["entry"], result[field]) == (0, 1, value)
        assert read(folder, "caches", "list")[1][1][field] is value
    assert read(folder, "caches", "show", "two")[2] == ["echo has no vocabulary a prompt could be read by."]
    status, (compared,), _ = read(folder, "caches", "compare", "two", "Why?")
    assert status == 0 and compared["full"]["answer"] == "Yes." and compared["gist"]["slots"] == 7
    assert "Divergence: 0.250" in call(folder, "caches", "compare", "two", "Why?").stdout
    assert read(folder, "caches", "delete", "1")[1] == [{"event": "result", "deleted": [1], "bytes": 100}]
    assert read(folder, "caches", "clear")[1][0]["deleted"] == 1
    assert read(folder, "caches")[1] == []


def test_with_nothing_kept_the_list_says_how_prompts_come_into_it(folder):
    assert call(folder, "caches").stderr.strip() == (
        "No prompt is kept yet. What every question begins with is kept after its first answer; “palimpsest compress"
        " DOC|FILE” keeps a prompt of your own at once. There is room for 1.00 GB."
    )
    services = open_services(folder, echo=True)
    change_settings(services, {"use_prompt_caches": False})
    services.close()
    assert "switched off in the settings" in call(folder, "caches").stderr


def test_the_budget_is_said_and_decided(folder):
    assert read(folder, "caches", "budget")[1][0]["budget_bytes"] == 10**9
    assert read(folder, "caches", "budget", "64MB")[1][0]["budget_bytes"] == 64_000_000
    assert read(folder, "caches", "budget")[1][0]["budget_bytes"] == 64_000_000
    for wrong, expected in (("much", "is no size"), ("5", "must lie between")):
        status, results, (sentence,) = read(folder, "caches", "budget", wrong)
        assert status == 1 and results == [] and expected in sentence
    assert "There is room for 64.0 MB." in call(folder, "caches").stderr


def test_asking_takes_instructions_and_leaves_kept_prompts_aside(folder):
    words = ["ask", "light", "Who keeps the light?", "--instructions", "guide.md", "--no-cache", "--no-gist"]
    status, (answer,), _ = read(folder, *words)
    assert status == 0 and answer["answer"] and answer["gist_tokens"] == 0
    status, _, (sentence,) = read(folder, "ask", "light", "Who?", "--instructions", "nothing.md")
    assert status == 1 and "There is no file nothing.md" in sentence
    (folder.parent / "long.txt").write_text("Be kind. " * 20_000)
    status, _, (sentence,) = read(folder, "ask", "light", "Who?", "--instructions", "long.txt")
    assert status == 1 and "100,000 characters" in sentence
