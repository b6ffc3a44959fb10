"""Fetching a model from a hub: every byte checked, nothing lost by a stop, nothing taken that was not asked for."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.operations import catalogue, hub, model_downloads, models
from app.operations.downloading import STATE_FILE, Download, choose_files, download
from app.operations.hub import HubError, HubFile, HubModel
from app.operations.opening import open_services
from engine.errors import EngineError
from engine.jobs import Failed, Finished, Progress, Stopped, run_to_end

ROOT = Path(__file__).resolve().parents[2]
REPO = "me/Tiny"
CONFIG = {"model_type": "llama", "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2}
CONFIG |= {"num_attention_heads": 4, "vocab_size": 300, "max_position_embeddings": 128}
WEIGHTS = random.Random(0).randbytes(300_000)


@pytest.fixture
def tiny_hub(fake_hub):
    fake_hub.files[REPO] = {
        "README.md": b"# Tiny",
        "config.json": json.dumps(CONFIG).encode(),
        "tokenizer.json": b"{}" * 3000,
        "tokenizer_config.json": b"{}",
        "model.safetensors": WEIGHTS,
        "pytorch_model.bin": b"pickle" * 1000,
        "modeling_tiny.py": b"import os",
        "onnx/model.onnx": b"onnx" * 2000,
    }
    return fake_hub


@pytest.fixture
def fetch(tiny_hub, tmp_path):
    """Run a download here and now; returns the events."""

    def run(**changes):
        request = Download(tmp_path / "tiny", tiny_hub.url, REPO, "main", **changes)
        events: list[Progress] = []
        return run_to_end(download(request), events.append), events

    return run


def folder_bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != STATE_FILE}


def wanted(tiny_hub) -> dict[str, bytes]:
    names = ("config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors")
    return {name: tiny_hub.files[REPO][name] for name in names}


def test_the_model_comes_whole_and_nothing_else_does(fetch, tiny_hub, tmp_path):
    done, events = fetch()
    assert folder_bytes(tmp_path / "tiny") == wanted(tiny_hub)
    assert (done.repo, done.licence, done.languages) == (REPO, "apache-2.0", ("en",))
    assert len(done.commit) == 40
    told = [event.done for event in events if event and event.stage == "Downloading"]
    assert told == sorted(told) and told[-1] == sum(map(len, wanted(tiny_hub).values()))
    asked_for = {path.rsplit("/", 1)[1] for path, _ in tiny_hub.requests}
    assert not asked_for & {"pytorch_model.bin", "modeling_tiny.py", "model.onnx", "README.md"}


def test_what_is_whole_already_is_not_asked_for_again(fetch, tiny_hub):
    fetch()
    tiny_hub.requests.clear()
    fetch()
    assert not tiny_hub.requests


def test_a_broken_connection_is_taken_up_where_it_broke(fetch, tiny_hub, tmp_path):
    tiny_hub.cut_after["model.safetensors"] = 100_000
    fetch()
    assert folder_bytes(tmp_path / "tiny") == wanted(tiny_hub)
    assert "bytes=100000-" in [asked for _, asked in tiny_hub.requests]


def test_a_hub_without_ranges_starts_the_file_anew(fetch, tiny_hub, tmp_path):
    tiny_hub.cut_after["model.safetensors"] = 100_000
    tiny_hub.knows_ranges = False
    fetch()
    assert folder_bytes(tmp_path / "tiny") == wanted(tiny_hub)


def test_a_busy_hub_is_asked_again(fetch, tiny_hub, tmp_path):
    tiny_hub.busy = 3
    fetch()
    assert folder_bytes(tmp_path / "tiny") == wanted(tiny_hub)


@pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
def test_a_file_with_a_wrong_checksum_is_refused_and_gone_and_comes_right_later(name, fetch, tiny_hub, tmp_path):
    tiny_hub.broken.add(name)
    with pytest.raises(HubError, match=r"came damaged: its checksum"):
        fetch()
    assert not list((tmp_path / "tiny").glob(f"{name}*"))
    tiny_hub.broken.clear()
    fetch()
    assert folder_bytes(tmp_path / "tiny") == wanted(tiny_hub)


def test_more_than_was_announced_is_refused(fetch, tiny_hub):
    tiny_hub.too_long.add("model.safetensors")
    with pytest.raises(HubError, match=r"more of model\.safetensors than it announced"):
        fetch()


def test_a_part_that_was_damaged_on_this_disk_is_noticed(fetch, tiny_hub, tmp_path):
    steps = download(Download(tmp_path / "tiny", tiny_hub.url, REPO, "main"))
    tiny_hub.pause_s = 0.02
    for _ in steps:
        part = tmp_path / "tiny" / "model.safetensors.part"
        if part.exists() and part.stat().st_size > 50_000:
            break
    steps.close()
    part.write_bytes(b"x" + part.read_bytes()[1:])
    with pytest.raises(HubError, match="checksum"):
        fetch()
    assert not part.exists()


def test_a_gated_model_names_the_page_of_its_licence(fetch, tiny_hub):
    tiny_hub.gated = True
    with pytest.raises(HubError, match=rf"accept its licence: read it at {tiny_hub.url}/{REPO}"):
        fetch()


def test_what_is_not_there_is_a_sentence(fetch, tiny_hub):
    del tiny_hub.files[REPO]
    with pytest.raises(HubError, match="There is no model me/Tiny"):
        fetch()


def test_a_hub_that_cannot_be_reached_is_a_sentence(tmp_path, fake_hub):
    request = Download(tmp_path / "x", "http://127.0.0.1:9", REPO, "main")
    with pytest.raises(HubError, match=r"cannot begin\. 127\.0\.0\.1 cannot be reached\. Check the connection"):
        run_to_end(download(request))


@pytest.mark.parametrize("target", ["http://example.org/x", "ftp://example.org/x", "file:///etc/passwd"])
def test_no_redirect_leads_away_from_https(target, fetch, tiny_hub):
    tiny_hub.redirect_to = target
    with pytest.raises(HubError, match=r"no https address|refused"):
        fetch()
    assert not any("passwd" in path for path, _ in tiny_hub.requests)


def test_redirects_in_a_circle_end(fetch, tiny_hub):
    tiny_hub.redirect_to = f"/{REPO}/resolve/0123456789abcdef0123456789abcdef01234567/model.safetensors"
    with pytest.raises(HubError, match="refused"):
        fetch()
    assert len(tiny_hub.requests) < 20


@pytest.mark.parametrize("address", ["http://huggingface.co", "ftp://x", "", "huggingface.co", "http://10.0.0.1"])
def test_a_hub_is_reached_over_https_only(address):
    with pytest.raises(HubError, match="no https address"):
        hub.check_endpoint(address)
    assert hub.check_endpoint("https://hub.example/ ") == "https://hub.example"


@pytest.mark.parametrize("repo", ["x", "../x/y", "a/b/c", "a/..", "/etc/passwd", "a/b?x", "-x/y", "a/b#c", "a b/c"])
def test_a_strange_repository_is_refused(repo):
    with pytest.raises(HubError):
        hub.check_repo(repo)


def test_a_model_of_an_unknown_kind_is_refused_before_its_weights_come(fetch, tiny_hub, tmp_path):
    for change, sentence in (({"model_type": "mamba"}, "of type “mamba”"), ({"auto_map": {}}, "code of its own")):
        tiny_hub.files[REPO]["config.json"] = json.dumps(CONFIG | change).encode()
        with pytest.raises(EngineError, match=sentence):
            fetch()
        assert not [path for path, _ in tiny_hub.requests if path.endswith("model.safetensors")]
        tiny_hub.files[REPO]["config.json"] = json.dumps(CONFIG).encode()
        (tmp_path / "tiny" / STATE_FILE).unlink()


def test_nothing_is_fetched_without_a_checksum_or_a_place(fetch, tiny_hub):
    tiny_hub.without_checksums = True
    with pytest.raises(HubError, match="no size or checksum"):
        fetch()


def test_no_room_on_the_disk_is_said_before_anything_comes(fetch, tiny_hub, monkeypatch):
    usage = type("Usage", (), {"free": 1_000_000})
    monkeypatch.setattr("app.operations.downloading.shutil.disk_usage", lambda _: usage)
    with pytest.raises(HubError, match=r"needs 0\.5 GB on the disk and 0\.0 GB are free"):
        fetch()
    assert len(tiny_hub.requests) == 1


def model_of(*paths: str) -> HubModel:
    return HubModel(REPO, "0" * 40, "", (), tuple(HubFile(path, 10, "a" * 64, "") for path in paths))


@pytest.mark.parametrize(
    "path",
    ["../config.json", "a/config.json", "/config.json", "pytorch_model.bin", "model.pt", "x.py", "evil.gguf/../x.gguf",
     "model-00001-of-00002.bin", "consolidated.safetensors", "config.json\n", ".gguf", "adapter.pkl"],
)  # fmt: skip
def test_no_other_file_is_ever_chosen(path):
    good = ("config.json", "model.safetensors")
    assert path not in {file.path for file in choose_files(model_of(*good, path))}
    with pytest.raises(HubError):
        choose_files(model_of(*good, path), path)


def test_a_gguf_repository_says_that_one_file_can_be_named():
    with pytest.raises(HubError, match=r"name one, as in me/Tiny/a\.gguf"):
        choose_files(model_of("a.gguf", "b.gguf"))
    assert [file.path for file in choose_files(model_of("a.gguf", "b.gguf"), "b.gguf")] == ["b.gguf"]


@pytest.mark.parametrize(
    "description", [b"", b"[]", b"{}", b'{"sha": "x", "siblings": []}', b'{"siblings": 3, "sha": 1}']
)
def test_a_description_nobody_understands_is_a_sentence(description):
    with pytest.raises(HubError, match="cannot be understood"):
        hub.parse_model(REPO, description)


def test_a_gguf_file_comes_alone(fetch, tiny_hub, tmp_path):
    tiny_hub.files[REPO]["tiny.Q4_1.gguf"] = WEIGHTS
    done, _ = fetch(gguf="tiny.Q4_1.gguf")
    assert done.source == tmp_path / "tiny" / "tiny.Q4_1.gguf"
    assert folder_bytes(tmp_path / "tiny") == {"tiny.Q4_1.gguf": WEIGHTS}


# -- as jobs ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def services(tmp_path):
    opened = open_services(tmp_path / "data", echo=True, with_sample=False)
    yield opened
    opened.close()


def test_a_stopped_download_ends_at_once_also_while_nothing_comes_and_goes_on(services, tiny_hub):
    tiny_hub.gate.clear()
    ticket = model_downloads.download_model(services, REPO)
    while not any(found.done_bytes for found in model_downloads.downloads(services)):
        time.sleep(0.01)
    services.cancel(ticket)
    assert isinstance(services.run_until_end(ticket), Stopped)
    tiny_hub.gate.set()
    (part,) = model_downloads.downloads(services)
    assert part.name == "tiny" and 0 < part.done_bytes < part.total_bytes and not part.is_running
    tiny_hub.pause_s = 0.0
    end = services.run_until_end(model_downloads.download_model(services, "tiny"))
    assert isinstance(end, Finished)
    assert model_downloads.downloads(services)[0].is_whole


def test_a_gguf_file_is_gone_on_with_under_the_name_it_got(services, tiny_hub):
    tiny_hub.files[REPO]["Tiny.Q4_1.gguf"] = WEIGHTS
    tiny_hub.gate.clear()
    ticket = model_downloads.download_model(services, f"{REPO}/Tiny.Q4_1.gguf")
    while not model_downloads.downloads(services):
        time.sleep(0.01)
    services.cancel(ticket)
    services.run_until_end(ticket)
    tiny_hub.gate.set()
    (part,) = model_downloads.downloads(services)
    assert (part.name, part.gguf) == ("tiny.q4_1", "Tiny.Q4_1.gguf")
    end = services.run_until_end(model_downloads.download_model(services, part.name))
    assert end.result.source.read_bytes() == WEIGHTS


def test_one_model_is_downloaded_once_at_a_time_and_discarded_when_nothing_runs(services, tiny_hub):
    tiny_hub.pause_s = 0.05
    ticket = model_downloads.download_model(services, REPO)
    with pytest.raises(HubError, match="already"):
        model_downloads.download_model(services, REPO)
    with pytest.raises(HubError, match="stop that first"):
        model_downloads.discard_download(services, "tiny")
    services.cancel(ticket)
    services.run_until_end(ticket)
    model_downloads.discard_download(services, "tiny")
    assert model_downloads.downloads(services) == []
    model_downloads.discard_download(services, "../..")  # names nothing that was downloaded
    assert services.data_dir.is_dir()


def test_books_can_be_added_while_a_model_is_downloaded(services, tiny_hub, tmp_path):
    from app.operations import importing

    tiny_hub.pause_s = 0.2
    ticket = model_downloads.download_model(services, REPO)
    book = tmp_path / "book.txt"
    book.write_text("Mira keeps the lighthouse at Varn.", "utf-8")
    assert isinstance(services.run_until_end(importing.import_file(services, book)), Finished)
    assert ticket in services.open_tickets()
    services.cancel(ticket)


def test_a_failed_download_tells_its_row(services, tiny_hub):
    tiny_hub.gated = True
    end = services.run_until_end(model_downloads.download_model(services, REPO))
    assert isinstance(end, Failed) and end.expected and "licence" in end.message
    from storage import jobs

    with services.database.read() as session:
        (row,) = jobs.jobs(session, ("failed",))
    assert row.kind == "download" and row.message == end.message


def test_a_downloaded_model_is_taken_in_with_licence_and_languages(services, fake_hub, tiny_model_folder):
    fake_hub.files["HuggingFaceTB/SmolLM2-360M-Instruct"] = folder_bytes(tiny_model_folder)
    ticket = model_downloads.download_model(services, "smollm2-360m-instruct")
    services.cancel(ticket)
    services.run_until_end(ticket)
    with pytest.raises(HubError, match="not come whole"):
        model_downloads.add_downloaded(services, "smollm2-360m-instruct")
    fake_hub.files["me/tiny"] = folder_bytes(tiny_model_folder)
    assert isinstance(services.run_until_end(model_downloads.download_model(services, "me/tiny")), Finished)
    end = services.run_until_end(model_downloads.add_downloaded(services, "tiny"))
    assert isinstance(end, Finished), end
    known = models.list_models(services)[1]
    assert (known.name, known.licence, known.languages, known.problem) == ("tiny", "apache-2.0", ("en",), "")
    assert known.source.startswith("me/tiny@") and known.row.notes["commit"] and known.geometry.layers == 2
    assert model_downloads.downloads(services) == []
    assert known.own_bytes == known.bytes > (tiny_model_folder / "model.safetensors").stat().st_size
    assert models.find_model(services, "tiny").identity == end.result.model.identity
    with pytest.raises(Exception, match="already"):
        model_downloads.download_model(services, "me/tiny")


def test_a_download_killed_in_the_middle_goes_on(tiny_hub, tmp_path):
    code = (
        "import sys; from pathlib import Path\n"
        "from app.operations.downloading import Download, download\n"
        "from engine.jobs import run_to_end\n"
        f"run_to_end(download(Download(Path(sys.argv[1]), {tiny_hub.url!r}, {REPO!r}, 'main')))"
    )
    tiny_hub.pause_s = 0.05
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "tiny")], cwd=ROOT)
    part = tmp_path / "tiny" / "model.safetensors.part"
    while not (part.exists() and part.stat().st_size > 60_000):
        assert process.poll() is None
        time.sleep(0.01)
    if hasattr(signal, "SIGKILL"):
        os.kill(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
    kept = part.stat().st_size
    tiny_hub.requests.clear()
    tiny_hub.pause_s = 0.0
    run_to_end(download(Download(tmp_path / "tiny", tiny_hub.url, REPO, "main")))
    assert folder_bytes(tmp_path / "tiny") == wanted(tiny_hub)
    assert [asked for path, asked in tiny_hub.requests if path.startswith("/store")] == [f"bytes={kept}-"]


def test_the_endpoint_is_the_users_then_the_environments(services, monkeypatch):
    monkeypatch.delenv("HF_ENDPOINT", raising=False)
    assert model_downloads.hub_endpoint(services) == "https://huggingface.co"
    monkeypatch.setenv("HF_ENDPOINT", "https://mirror.example/")
    assert model_downloads.hub_endpoint(services) == "https://mirror.example"
    model_downloads.set_hub_endpoint(services, "https://own.example")
    assert model_downloads.hub_endpoint(services) == "https://own.example"
    with pytest.raises(HubError):
        model_downloads.set_hub_endpoint(services, "http://own.example")
    model_downloads.set_hub_endpoint(services, " ")
    assert model_downloads.hub_endpoint(services) == "https://mirror.example"


def test_a_wrong_address_of_the_hub_can_be_put_right(services, tiny_hub, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "ftp://own.example")
    with pytest.raises(HubError, match="no https address"):
        model_downloads.download_model(services, REPO)
    monkeypatch.setenv("HF_ENDPOINT", tiny_hub.url)
    assert isinstance(services.run_until_end(model_downloads.download_model(services, REPO)), Finished)


def test_the_catalogue_holds_what_the_engine_runs_and_what_may_be_used_freely():
    from engine.model_folder import MODEL_TYPES

    listed = catalogue.catalogue()
    assert [model.embedded for model in listed].count(True) == 1
    assert len({model.name for model in listed}) == len(listed) >= 6
    for model in listed:
        assert model.licence in ("Apache-2.0", "MIT")
        assert model.geometry.architecture in MODEL_TYPES
        assert {"en", "zh_CN"} <= set(model.good_for)
        assert 1.99 < model.download_bytes / model.parameters < 2.05  # bf16, and its tokenizer
        hub.check_repo(model.repo)
    assert [model.parameters for model in listed] == sorted(model.parameters for model in listed)


def test_importing_all_this_opens_no_connection_and_brings_no_heavy_library():
    code = (
        "import socket, sys\n"
        "def refuse(*_): raise SystemExit('a socket was opened')\n"
        "socket.socket.connect = refuse; socket.getaddrinfo = refuse\n"
        "import app.operations.model_downloads, app.operations.model_memory\n"
        "sys.exit(bool({'torch', 'transformers', 'huggingface_hub'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
