"""The shell's side of a job: progress for people on stderr, objects for programs on stdout, Ctrl-C."""

from __future__ import annotations

import dataclasses
import json
import logging
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

import typer

from app.operations.results import Answer, LeftOut
from app.services import EXPECTED_ERRORS, Services, Ticket
from engine.api import ChunkScore, ComparedText, CompressorScore
from engine.jobs import EndEvent, Event, Failed, Finished, Progress, Stopped, Text
from storage.shelves import ShelfRow

PROGRESS_INTERVAL_S = 0.5
STOPPED_STATUS = 130


class Console:
    """`with Console(open, as_json=...) as shell`: opens the services, prints, closes them; a sentence and exit 1 for errors."""

    def __init__(self, open_services: Callable[[], Services] | None, *, as_json: bool) -> None:
        self._open = open_services
        self._as_json = as_json
        self._services: Services | None = None
        self._line_open = False
        self._last_progress_s = 0.0
        self.streamed = False
        """Whether the answer was already written to the terminal, piece by piece."""
        self._interrupted = False
        self._handler_before: Any = None

    @property
    def services(self) -> Services:
        assert self._services is not None
        return self._services

    def __enter__(self) -> Console:
        logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
        assert self._open is not None
        try:
            self._services = self._open()
        except EXPECTED_ERRORS as problem:
            self.error(str(problem))
            raise typer.Exit(1) from problem
        self._handler_before = signal.signal(signal.SIGINT, self._on_interrupt)
        return self

    def _on_interrupt(self, number: int, frame: FrameType | None) -> None:
        """Ctrl-C asks once and is obeyed between two events, never inside a transaction; a second one ends at once."""
        if self._interrupted:
            raise KeyboardInterrupt
        self._interrupted = True

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end_line()
        signal.signal(signal.SIGINT, self._handler_before)
        self.services.close()
        if isinstance(problem, EXPECTED_ERRORS):
            self.error(str(problem))
            raise typer.Exit(1) from problem
        if isinstance(problem, KeyboardInterrupt):
            raise typer.Exit(STOPPED_STATUS) from problem

    # -- jobs ------------------------------------------------------------------------------------------------------

    def follow(
        self,
        ticket: Ticket,
        *,
        stream: bool = False,
        on_interrupt: Callable[[Services, Ticket], None] | None = None,
    ) -> EndEvent:
        """Print a job's events until it ends. Ctrl-C stops the job (with `on_interrupt`, where given) and waits for its end."""
        stop = on_interrupt or Services.cancel
        told = False
        while True:
            if self._interrupted and not told:
                self.say("Stopping; finished parts are kept.")
                stop(self.services, ticket)
                told = True
            item = self.services.next_event(timeout_s=0.2)
            if item is None or item[0].job_id != ticket.job_id:
                continue
            event = item[1]
            if isinstance(event, Finished | Failed | Stopped):
                self._end_line()
                return event
            self._show(ticket, event, stream=stream)

    def result_of(
        self,
        ticket: Ticket,
        *,
        stream: bool = False,
        on_interrupt: Callable[[Services, Ticket], None] | None = None,
    ) -> Any:
        """The result of a job; a job that failed or was stopped ends the command with the right exit status."""
        end = self.follow(ticket, stream=stream, on_interrupt=on_interrupt)
        if isinstance(end, Finished):
            return end.result
        self.error(end.message if isinstance(end, Failed) else "Stopped.")
        raise typer.Exit(1 if isinstance(end, Failed) else STOPPED_STATUS)

    def _show(self, ticket: Ticket, event: Event, *, stream: bool) -> None:
        if isinstance(event, Text):
            if stream and not self._as_json and sys.stderr.isatty():
                if not self.streamed:
                    self._end_line()
                self.streamed = True
                sys.stderr.write(event.text)
                sys.stderr.flush()
                self._line_open = not event.text.endswith("\n")
        elif isinstance(event, Progress):
            if isinstance(event.detail, ComparedText) and not self._as_json:
                return  # both answers are shown side by side at the end
            now = time.monotonic()
            if event.detail is None and now - self._last_progress_s < PROGRESS_INTERVAL_S and event.done != event.total:
                return
            self._last_progress_s = now
            if self._as_json:
                shown = {"event": "progress", "job": ticket.kind, "stage": event.stage, "done": event.done}
                shown |= {"total": event.total, "unit": event.unit}
                if event.detail is not None:
                    shown["detail"] = as_json(event.detail)
                self._write(shown)
            elif sys.stderr.isatty():
                sys.stderr.write("\r\x1b[K" + progress_words(event))
                sys.stderr.flush()
                self._line_open = True
            elif event.detail is not None or (event.done == 0 and event.total is None and ticket.kind != "ask"):
                sys.stderr.write(progress_words(event) + "\n")

    def _end_line(self) -> None:
        if self._line_open:
            sys.stderr.write("\n")
            self._line_open = False

    # -- what programs read ----------------------------------------------------------------------------------------

    def result(self, values: dict[str, Any], words: str) -> None:
        """One result: an object for programs, or words for people."""
        if self._as_json:
            self._write({"event": "result", **values})
        elif words:
            sys.stdout.write(words + "\n")
            sys.stdout.flush()

    def say(self, words: str) -> None:
        """A line for people only."""
        self._end_line()
        sys.stderr.write(words + "\n")

    def error(self, message: str) -> None:
        if self._as_json:
            self._write({"event": "error", "message": message})
        sys.stderr.write(message + "\n")

    def _write(self, values: dict[str, Any]) -> None:
        sys.stdout.write(json.dumps(values, ensure_ascii=False, default=_plain) + "\n")
        sys.stdout.flush()


def size_words(count: int) -> str:
    """Bytes as people read them: "412 kB", "3.2 MB"."""
    if count < 1_000_000:
        return f"{count / 1e3:.0f} kB" if count >= 10_000 else f"{count / 1e3:.1f} kB"
    return f"{count / 1e6:,.1f} MB" if count < 1_000_000_000 else f"{count / 1e9:,.2f} GB"


def as_json(value: Any) -> dict[str, Any]:
    """A dataclass as the object programs read."""
    return dataclasses.asdict(value)


def _plain(value: Any) -> Any:
    return value.as_posix() if isinstance(value, Path) else str(value)


def answer_json(answer: Answer, document_id: str) -> dict[str, Any]:
    values = as_json(answer)
    for name in ("citations", "quotes"):
        values[name] = [
            {key: value for key, value in place.items() if key in ("quote", "section", "start", "end", "number")}
            | ({"page": place["page"]} if place["page"] is not None else {})
            for place in values[name]
        ]
    values["document"] = document_id
    return values


def answer_words(answer: Answer, *, streamed: bool = False) -> str:
    """The answer with its places and figures. streamed: the answer itself stands on the same terminal already."""
    lines = [] if streamed and sys.stdout.isatty() else [answer.answer + (" (stopped)" if answer.stopped else "")]
    lines += [f"  {c.number}  {c.section} · “{c.quote}” [{c.start}-{c.end}]" for c in answer.citations]
    cited = [(c.start, c.end) for c in answer.citations]
    lines += [
        f"  in the text: {q.section} · “{q.quote}” [{q.start}-{q.end}]"
        for q in answer.quotes
        if not any(start < q.end and q.start < end for start, end in cited)
    ]
    if answer.note and answer.note != answer.answer:
        lines.append(f"  {answer.note}")
    if answer.stopped:
        return "\n".join(lines)
    adapter = "with the adapter" if answer.adapter_used else "without adapter"
    if answer.adapter_used and answer.adapter_scale != 1:
        adapter += f" at {100 * answer.adapter_scale:.0f} %"
    read = answer.prompt_tokens - answer.reused_tokens
    reader = f" with {answer.reader}" if answer.reader and answer.reader != answer.writer else ""
    writer = f"written with {answer.writer}, " if answer.writer else ""
    through = f" ({answer.gist_tokens} through a gist)" if answer.gist_tokens else ""
    memory = f", {answer.segment_tokens:,} in segment memory" if answer.segments_used else ""
    lines.append(
        f"  read {read} tokens{reader}, re-used {answer.reused_tokens}{through}{memory} · first word {answer.ttft_s:.1f} s · "
        f"{writer}{answer.tokens_per_s:.0f} tokens/s · prompt form: {answer.jrt} · {adapter}"
    )
    return "\n".join(lines)


def shelf_json(row: ShelfRow) -> dict[str, Any]:
    document = row.document
    return {
        "document": document.document_id,
        "title": document.title,
        "author": document.author,
        "series": document.series,
        "series_number": document.series_number,
        "format": document.format,
        "tokens": document.tokens,
        "share_read": round(row.share_read, 4),
        "tags": list(row.tags),
        "memories": [memory.kind for memory in row.memories],
    }


def shelf_words(row: ShelfRow) -> str:
    """A line of the list: id, length, format, title, and in brackets what was made of it; tags behind a sign each."""
    document = row.document
    memories = f"  ({', '.join(memory.kind for memory in row.memories)})" if row.memories else ""
    tags = "".join(f"  #{tag}" for tag in row.tags)
    return f"{document.document_id}  {document.tokens:>9,}  {document.format:<6} {document.title}{memories}{tags}"


def left_out_words(left_out: LeftOut) -> str:
    """What folders held besides books, in one line; "" where there was nothing."""
    kinds = ", ".join(f"{count} {suffix or 'without a suffix'}" for suffix, count in left_out.kinds)
    parts = [f"files of other kinds ({kinds})"] if kinds else []
    parts += [f"{left_out.hidden} hidden"] if left_out.hidden else []
    parts += [f"{left_out.beyond} beyond the most taken at once"] if left_out.beyond else []
    return f"Left out: {'; '.join(parts)}." if parts else ""


def progress_words(event: Progress) -> str:
    """One line: stage, how far, and what a scored chunk tells."""
    words = event.stage
    if event.total:
        words += f" {event.done:,} of {event.total:,} {event.unit}s ({100 * event.done / event.total:.0f} %)"
    score = event.detail
    if isinstance(score, CompressorScore):
        words += f"  loss {score.loss:.3f}; of what is held out is kept {recovered_words(score.recovered)}"
    elif isinstance(score, ChunkScore) and score.base_ppl is not None and score.adapter_ppl is not None:
        words += f"  perplexity {score.base_ppl:.2f} -> {score.adapter_ppl:.2f}"
        words += f" ({100 * (score.adapter_ppl / score.base_ppl - 1):+.1f} %), {score.scored_tokens / score.seconds:.0f} tokens/s"
    return words


def recovered_words(recovered: Mapping[int, float]) -> str:
    """By gist tokens or ratio: "8: 71 %, 32: 46 %"."""
    return ", ".join(f"{k}: {100 * share:.0f} %" for k, share in sorted(recovered.items()))
