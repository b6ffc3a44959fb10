"""Torch is imported where models live, and nowhere else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIFE = """
import sys
from pathlib import Path
import app.desktop.application
from app.operations import asking, engine_state, learning, library, models, opening
from engine.jobs import Failed, Finished

services = opening.open_services(Path(sys.argv[1]), echo=True, engine_process=True)
document = library.list_documents(services)[0].document_id
assert isinstance(services.run_until_end(asking.ask(services, document, "Who is the keeper?")), Finished)
end = services.run_until_end(learning.learn(services, document))  # what learns is imported first
assert isinstance(end, Failed) and "cannot learn" in end.message, end
assert engine_state.engine_state(services).resident_bytes > 100_000_000  # torch is there
services.close()
heavy = {"torch", "transformers", "peft"} & set(sys.modules)
sys.exit(f"loaded {heavy}" if heavy else 0)
"""


def test_asking_and_learning_load_no_torch_in_the_window_s_process(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", LIFE, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, timeout=200
    )
    assert done.returncode == 0, done.stderr
