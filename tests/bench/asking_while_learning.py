"""Asking while a book is being learned: time to first token against idle, and whether learning ends in the same bytes.

    python tests/bench/asking_while_learning.py [--tokens 3000]

One process, the real engine thread, the bundled story. Idle questions come first, the same questions again while learning runs; each is a
question the prompt cache has not seen, because adapter and document memory are dropped before it.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path
from typing import Any

from app.operations import asking, learning, library, memories
from app.operations.opening import open_services
from app.operations.results import Answer
from app.services import Services, Ticket
from engine.api import DropDocument, LearnConfig
from engine.jobs import Finished, Lane

QUESTIONS = (
    "Where did Mrs Stannard keep the key of the Muniment Room?",
    "What was the ferry to Cater’s Ness called?",
    "Who was the keeper of the light?",
    "What was the name of the bell?",
    "Who sang at the Eel and Bonnet?",
)
CONFIG = LearnConfig(base_every=64)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tokens", type=int, default=3000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        services = open_services(Path(folder))
        try:
            measure(services, arguments.tokens)
        finally:
            services.close()


def measure(services: Services, tokens: int) -> None:
    (story,) = library.list_documents(services)
    document = story.document_id
    ask(services, document, "Who?")  # loads the model
    idle = [ask(services, document, question) for question in QUESTIONS]

    alone = finished(services, learning.learn(services, document, config=CONFIG, max_tokens=tokens))
    ticket = learning.learn(services, document, config=CONFIG, max_tokens=tokens)
    busy = []
    for question in QUESTIONS:
        for _ in range(3):  # let learning go on a little
            services.next_event(timeout_s=60)
        if ticket in services.open_tickets():
            busy.append(ask(services, document, question))
    while ticket in services.open_tickets():
        services.next_event(timeout_s=60)
    memory = memories.of_document(services, document)[0].memory
    print(f"time to first token, s (p50 of {len(busy)} questions)")
    print(f"  idle            {statistics.median(idle):.2f}   worst {max(idle):.2f}")
    print(f"  while learning  {statistics.median(busy):.2f}   worst {max(busy):.2f}")
    print(f"  ratio           {statistics.median(busy) / statistics.median(idle):.2f}   (aim: at most 1.3)")
    same = alone.adapter_sha256 == memory.metrics["adapter_sha256"]
    print(f"adapter after learning with questions in between: {'the same bytes' if same else 'OTHER BYTES'}")
    print(f"learning, tokens/s of its own time: alone {alone.tokens_per_s:.0f}, "
          f"with questions {memory.metrics['tokens_per_s']:.0f}")  # fmt: skip


def finished(services: Services, ticket: Ticket) -> Any:
    """The result of a job that nothing else runs beside."""
    end = services.run_until_end(ticket)
    assert isinstance(end, Finished), end
    return end.result


def ask(services: Services, document: str, question: str) -> float:
    """Seconds to the first token of a prompt that is read whole."""
    drop = services.submit(services.engine, DropDocument(document), lane=Lane.INTERACTIVE, kind="drop", title="")
    services.run_until_end(drop)
    ticket = asking.ask(services, document, question, use_adapter=False, max_new_tokens=8)
    answer: Answer = finished(services, ticket)
    return answer.ttft_s


if __name__ == "__main__":
    main()
