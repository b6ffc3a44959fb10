"""The process pages are drawn in: `python -m storage.page_child`, started by storage.page_rendering for one PDF.

    parent -> child                                  child -> parent
    {"path", "memory_bytes", "cpu_s", "idle_s"}      {"labels": [...]}
    {"page": n, "width": pixels}                     {"data": PNG}
    {"page": n, "quote": words, "whole": bool}       {"boxes": [[x, y, width, height], ...]}

One answer to each message, in order; {"error": true} where pdfium gives up. Ends when its input does, or when nothing was
asked for `idle_s`. It parses a file nobody vouches for: bounded like the readers, and it opens nothing else.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from typing import Any

import pypdfium2 as pdfium

from storage.page_images import page_label, quote_boxes, render_page
from storage.readers import limits
from storage.readers.frames import read_frame, write_frame


def main() -> int:
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    requests = sys.stdin.buffer
    request = read_frame(requests)
    if request is None:
        return 0
    limits.limit_this_process(memory_bytes=int(request["memory_bytes"]), cpu_s=float(request["cpu_s"]))
    idle_s = float(request["idle_s"])
    try:
        pdf = pdfium.PdfDocument(str(request["path"]))
    except (pdfium.PdfiumError, OSError):
        write_frame(answers, {"error": True})
        return 0
    write_frame(answers, {"labels": [page_label(pdf, number) for number in range(len(pdf))]})
    while (request := _within(idle_s, lambda: read_frame(requests))) is not None:
        write_frame(answers, _answer(pdf, request))
    return 0


def _within(idle_s: float, wait: Callable[[], dict[str, Any] | None]) -> dict[str, Any] | None:
    """What comes in time; this process ends when nothing does."""
    end = threading.Timer(idle_s, os._exit, (0,))
    end.daemon = True
    end.start()
    try:
        return wait()
    finally:
        end.cancel()


def _answer(pdf: Any, request: dict[str, Any]) -> dict[str, Any]:
    number = int(request["page"])
    if not 0 <= number < len(pdf):
        return {"error": True}
    try:
        if "quote" in request:
            return {"boxes": quote_boxes(pdf, number, str(request["quote"]), whole=bool(request["whole"]))}
        return {"data": render_page(pdf, number, int(request["width"]))}
    except (pdfium.PdfiumError, MemoryError):
        return {"error": True}


if __name__ == "__main__":
    sys.exit(main())
