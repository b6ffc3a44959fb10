"""Models made ready on disk: what is good comes through unchanged, what is broken or hostile ends as one sentence."""

from __future__ import annotations

import json
import os
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.backends.pytorch import load_torch
from engine.devices import check_fits, choose_device
from engine.errors import EngineError, ModelError, OutOfMemory
from engine.gguf_file import check_geometry, read_header
from engine.jobs import Progress, run_to_end
from engine.loading import adopt_gguf, embedded_model, prepare
from engine.model_folder import OWN_GGUF, check_safetensors, locate_gguf, read_card

CPU = torch.device("cpu")


def logits(backend, text="Mira keeps the lighthouse"):
    return backend.read(backend.tokenizer.encode(text), backend.new_state())


def prepared(source: Path, folder: Path):
    return run_to_end(prepare(source, folder, "tiny"))


@pytest.mark.parametrize("architecture", ["llama", "qwen2", "qwen3"])
def test_a_gguf_file_computes_what_its_model_did(architecture, open_gguf, open_backend, tmp_path):
    ref = prepared(open_gguf(architecture), tmp_path / "model")
    backend = load_torch(ref, device=CPU, dtype=torch.float32)
    original = open_backend(architecture)
    text = "Mira keeps the lighthouse of Oster. In 1814 nobody did."
    ids = original.tokenizer.encode(text)
    assert backend.tokenizer.encode(text) == ids
    assert backend.context_tokens == original.context_tokens
    assert backend.tokenizer.eos_ids == {2}
    a, b = (one.read(ids, one.new_state()) for one in (backend, original))
    np.testing.assert_allclose(a, b, atol=1e-4, rtol=1e-4)


def test_preparing_twice_gives_the_same_identity_and_progress_that_grows(open_gguf, tmp_path):
    events: list[Progress] = []
    first = run_to_end(prepare(open_gguf("llama"), tmp_path / "a", "tiny"), events.append)
    again = prepared(open_gguf("llama"), tmp_path / "b")
    assert first.identity == again.identity and len(first.identity) == 64
    converting = [event.done for event in events if event.stage == "Converting the model"]
    assert converting == sorted(converting) and len(converting) > 10
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_other_weights_have_another_identity(open_gguf, tmp_path):
    data = bytearray(open_gguf("llama").read_bytes())
    data[-5] ^= 0x40
    (tmp_path / "other.gguf").write_bytes(data)
    one, other = prepared(open_gguf("llama"), tmp_path / "a"), prepared(tmp_path / "other.gguf", tmp_path / "b")
    assert one.identity != other.identity


def test_a_stopped_preparation_leaves_nothing_and_what_stood_there_stays(open_gguf, tmp_path):
    ref = prepared(open_gguf("llama"), tmp_path / "model")
    steps = prepare(open_gguf("qwen2"), tmp_path / "model", "tiny")
    for _ in range(12):
        next(steps)
    steps.close()
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    assert read_card(tmp_path / "model").identity == ref.identity


def snapshot(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_users_folder_is_left_as_it_was(family_folder, tmp_path):
    before = snapshot(family_folder("llama"))
    ref = prepared(family_folder("llama"), tmp_path / "model")
    load_torch(ref, device=CPU)
    assert snapshot(family_folder("llama")) == before
    assert not list((tmp_path / "model").glob("*.safetensors"))


def test_weights_that_changed_after_they_were_added_are_refused(family_folder, tmp_path):
    source = shutil.copytree(family_folder("llama"), tmp_path / "source")
    ref = prepared(source, tmp_path / "model")
    with (source / "model.safetensors").open("ab") as file:
        file.write(b"\0" * 8)
    with pytest.raises(ModelError, match="moved or changed"):
        load_torch(ref, device=CPU)


def break_json(**changes):
    def change(folder: Path) -> None:
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps(config | changes))

    return change


def only_pickles(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def truncate(folder: Path) -> None:
    data = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(data[: len(data) // 2])


def missing_shard(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"a": "model-00001.safetensors"}}))


def shard_elsewhere(folder: Path) -> None:
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"a": "../../etc/passwd"}}))


BROKEN_FOLDERS = {
    "no config": lambda folder: (folder / "config.json").unlink(),
    "config is no JSON": lambda folder: (folder / "config.json").write_text("{"),
    "config is a list": lambda folder: (folder / "config.json").write_text("[]"),
    "code of its own": break_json(auto_map={"AutoModelForCausalLM": "evil.Model"}),
    "unknown type": break_json(model_type="mamba"),
    "no size": break_json(hidden_size=None),
    "wild layers": break_json(num_hidden_layers=60_000_000),
    "wild vocabulary": break_json(vocab_size=60_000_000),
    "another width": break_json(hidden_size=64),
    "more layers than weights": break_json(num_hidden_layers=3),
    "quantised": break_json(quantization_config={"quant_method": "gptq"}),
    "pickles": only_pickles,
    "no weights": lambda folder: (folder / "model.safetensors").unlink(),
    "truncated weights": truncate,
    "missing shard": missing_shard,
    "shard elsewhere": shard_elsewhere,
    "no tokenizer": lambda folder: (folder / "tokenizer.json").unlink(),
    "broken tokenizer": lambda folder: (folder / "tokenizer.json").write_text('{"model": 3}'),
}


def test_downloaded_weights_are_moved_in_and_the_identity_is_that_of_the_folder(family_folder, tmp_path):
    left = prepared(family_folder("llama"), tmp_path / "left")
    source = shutil.copytree(family_folder("llama"), tmp_path / "source")
    ref = run_to_end(prepare(source, tmp_path / "model", "tiny", adopt=True))
    assert ref.identity == left.identity
    assert not (source / "model.safetensors").exists()
    shutil.rmtree(source)
    load_torch(ref, device=CPU)


def test_a_stopped_adoption_leaves_the_weights_where_they_were(family_folder, tmp_path):
    source = shutil.copytree(family_folder("llama"), tmp_path / "source")
    before = snapshot(source)
    steps = prepare(source, tmp_path / "model", "tiny", adopt=True)
    for _ in range(4):
        next(steps)
    steps.close()
    assert snapshot(source) == before and not (tmp_path / "model").exists()


def test_a_gguf_file_stays_in_its_place_and_is_known_again(open_gguf, tmp_path):
    source = shutil.copyfile(open_gguf("llama"), tmp_path / "tiny.gguf")
    prepared(source, tmp_path / "model")
    assert locate_gguf(tmp_path / "model") == source
    gguf = read_card(tmp_path / "model").gguf
    assert gguf is not None and gguf.bytes == source.stat().st_size and gguf.file_type == "F32"


def test_a_gguf_file_that_was_moved_or_changed_is_not_used(open_gguf, tmp_path):
    source = shutil.copyfile(open_gguf("llama"), tmp_path / "tiny.gguf")
    prepared(source, tmp_path / "model")
    data = source.read_bytes()
    os.utime(source, ns=(1, 1))  # the same file of another date
    assert locate_gguf(tmp_path / "model") == source
    assert read_card(tmp_path / "model").gguf.mtime_ns == 1
    source.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(ModelError, match="moved or changed"):
        locate_gguf(tmp_path / "model")
    source.unlink()
    with pytest.raises(ModelError, match="moved or changed"):
        locate_gguf(tmp_path / "model")
    read_card(tmp_path / "model")  # the model itself is whole


def test_a_gguf_file_of_ours_moves_into_the_folder_and_the_identity_is_the_same(open_gguf, tmp_path):
    left = prepared(open_gguf("llama"), tmp_path / "left")
    source = shutil.copyfile(open_gguf("llama"), tmp_path / "tiny.gguf")
    ref = run_to_end(prepare(source, tmp_path / "model", "tiny", adopt=True))
    assert ref.identity == left.identity and not source.exists()
    (tmp_path / "model").rename(tmp_path / "elsewhere")
    assert locate_gguf(tmp_path / "elsewhere") == tmp_path / "elsewhere" / OWN_GGUF


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_fails_at_the_very_end_loses_nothing(kind, open_gguf, family_folder, tmp_path, monkeypatch):
    if kind == "file":
        source = shutil.copyfile(open_gguf("llama"), tmp_path / "tiny.gguf")
    else:
        source = shutil.copytree(family_folder("llama"), tmp_path / "source")
    old = prepared(family_folder("qwen2"), tmp_path / "model")
    replace_path = Path.replace

    def everything() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    def held_open(self, target):
        if target == tmp_path / "model":
            raise PermissionError("the folder is in use")
        return replace_path(self, target)

    before = everything()

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", held_open)
        with pytest.raises(PermissionError):
            run_to_end(prepare(source, tmp_path / "model", "tiny", adopt=True))
    assert everything() == before
    ref = run_to_end(prepare(source, tmp_path / "model", "tiny", adopt=True))
    assert ref.identity != old.identity and not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_folder_that_lacks_its_gguf_file_is_completed(open_gguf, family_folder, tmp_path):
    ref = prepared(family_folder("llama"), tmp_path / "model")
    with pytest.raises(ModelError, match="runs GGUF files"):
        locate_gguf(tmp_path / "model")
    source = shutil.copyfile(open_gguf("llama"), tmp_path / "tiny.gguf")
    assert run_to_end(adopt_gguf(tmp_path / "model", source)) == ref
    assert locate_gguf(tmp_path / "model").is_file()


def test_a_link_that_leaves_the_folder_is_refused_but_not_that_of_a_hub_cache(family_folder, tmp_path):
    cache = tmp_path / "models--me--tiny"
    (cache / "blobs").mkdir(parents=True)
    (cache / "snapshots" / "main").mkdir(parents=True)
    for path in family_folder("llama").iterdir():
        shutil.copyfile(path, cache / "blobs" / path.name)
        (cache / "snapshots" / "main" / path.name).symlink_to(Path("..", "..", "blobs", path.name))
    prepared(cache / "snapshots" / "main", tmp_path / "model")
    (cache / "snapshots" / "main" / "notes.txt").symlink_to("/etc/hostname")
    with pytest.raises(ModelError, match="link to a file outside"):
        prepared(cache / "snapshots" / "main", tmp_path / "other")


@pytest.mark.parametrize("how", BROKEN_FOLDERS)
def test_a_broken_folder_is_one_sentence_and_leaves_nothing(how, family_folder, tmp_path):
    source = shutil.copytree(family_folder("llama"), tmp_path / "source")
    BROKEN_FOLDERS[how](source)
    with pytest.raises(ModelError) as problem:
        prepared(source, tmp_path / "models" / "model")
    assert str(problem.value).endswith(".") and "\n" not in str(problem.value)
    assert not list((tmp_path / "models").iterdir())


def test_what_is_not_there_is_a_sentence(tmp_path):
    with pytest.raises(ModelError, match="no file or folder"):
        prepared(tmp_path / "nothing.gguf", tmp_path / "model")


LENIENT = settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def header_or_sentence(path: Path) -> None:
    """Reads a file's header, or refuses it in one sentence; anything else is a bug."""
    try:
        check_geometry(read_header(path), path.name)
    except ModelError as problem:
        assert str(problem).endswith(".") and "\n" not in str(problem)


@LENIENT
@given(data=st.data())
def test_a_truncated_gguf_header_is_refused(data, open_gguf, tmp_path):
    whole = open_gguf("llama").read_bytes()
    path = tmp_path / "cut.gguf"
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    with pytest.raises(ModelError):
        read_header(path)


@LENIENT
@given(data=st.data())
def test_no_flipped_bits_get_past_the_header_check_as_anything_but_a_sentence(data, open_gguf, tmp_path):
    whole = bytearray(open_gguf("llama").read_bytes())
    header_bytes = read_header(open_gguf("llama")).tensors[0].start
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, header_bytes - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "flipped.gguf"
    path.write_bytes(whole)
    header_or_sentence(path)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_gguf_is_converted_or_refused_in_a_sentence(data, open_gguf, tmp_path):
    whole = bytearray(open_gguf("llama").read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(0, 4000))] = data.draw(st.integers(0, 255))
    path = tmp_path / "damaged.gguf"
    path.write_bytes(whole)
    try:
        prepared(path, tmp_path / "models" / "model")
    except ModelError as problem:
        assert str(problem).endswith(".") and "\n" not in str(problem)


def wild(offset: int, form: str, value: int):
    def change(data: bytearray) -> None:
        struct.pack_into(form, data, offset, value)

    return change


@pytest.mark.parametrize(
    "change",
    [
        wild(0, "<I", 0),
        wild(4, "<I", 99),
        wild(8, "<Q", 2**63),
        wild(8, "<Q", 10**9),
        wild(16, "<Q", 2**64 - 1),
        wild(24, "<Q", 2**62),
    ],
    ids=["magic", "version", "negative tensors", "too many tensors", "too many settings", "endless name"],
)
def test_wild_numbers_in_a_gguf_header_are_refused(change, open_gguf, tmp_path):
    data = bytearray(open_gguf("llama").read_bytes())
    change(data)
    (tmp_path / "wild.gguf").write_bytes(data)
    with pytest.raises(ModelError):
        read_header(tmp_path / "wild.gguf")


@LENIENT
@given(data=st.data())
def test_a_damaged_safetensors_header_is_refused_or_as_large_as_it_says(data, family_folder, tmp_path):
    whole = bytearray((family_folder("llama") / "model.safetensors").read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(0, 1500))] = data.draw(st.integers(0, 255))
    path = tmp_path / "model.safetensors"
    path.write_bytes(whole)
    try:
        header = check_safetensors(path)
    except ModelError:
        return
    assert 0 < header.values < len(whole) and header.dtype in ("float32", "float16", "bfloat16", "float64")


def test_a_model_that_does_not_fit_is_refused_with_both_numbers():
    with pytest.raises(OutOfMemory, match=r"needs 1000000\.0 GB.* GB are free"):
        check_fits(10**15, CPU, "A giant")


@pytest.mark.skipif(torch.cuda.is_available(), reason="is about machines without a GPU")
def test_asking_for_a_missing_gpu_is_a_sentence(family_model):
    with pytest.raises(EngineError, match="CUDA"):
        choose_device("cuda")
    with pytest.raises(ModelError, match="4-bit"):
        load_torch(family_model("llama"), device=CPU, nf4=True)


@pytest.mark.model
def test_the_embedded_model_reads_what_it_is_shown():
    from engine.chat_template import ChatMessage
    from engine.generation import generate
    from engine.sampling import Sampling

    backend = load_torch(embedded_model(), device=CPU)
    question = "Lady Russell persuaded Anne to break the engagement.\n\nWho persuaded Anne? Answer with the name only."
    ids = backend.tokenizer.encode_chat([ChatMessage("user", question)])
    answer = run_to_end(generate(backend, ids, sampling=Sampling(), max_new_tokens=24))
    assert "Lady Russell" in answer.text
