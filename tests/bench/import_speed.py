"""Words a second of importing, by format, on real files: `python tests/bench/import_speed.py`.

Each file is read through the child process, as the app does. "x plain" is how many times longer that takes than reading the
file's bytes and decoding them (for archives: unpacking all members and decoding them). "CPU" is processor time of the child and its parent,
which a busy machine does not stretch. Peak memory is the child's, from the system's count of what it held at most.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
FILES = (
    ("TXT", "novels_gutenberg_long/2600-0.txt"),
    ("TXT", "novels_gutenberg_long/1184-0_2024.txt"),
    ("TXT zh", "zh_en_honglou/zh_24264-0.txt"),
    ("EPUB", "epub_misc/zotero/moby_dick.epub"),
    ("EPUB", "epub_misc/koreader/leaves.epub"),
    ("EPUB", "epub_misc/readest/sample-alice.epub"),
    ("PDF", "pdf_pypdf/009-pdflatex-geotopo/GeoTopo-komprimiert.pdf"),
    ("PDF", "pdf_pypdf/004-pdflatex-4-pages/pdflatex-4-pages.pdf"),
    ("FB2", "epub_misc/readest/sample-metadata.fb2"),
    ("ChatGPT", "chat_exports/chatgpt_real_export_conversations.json"),
    ("SillyTavern", "chat_exports/sillytavern_chat_sample.jsonl"),
)
MEASURE = """
import json, resource, sys, time
from storage.readers.reading import read_file
started = time.perf_counter(); own = time.process_time()
document = read_file(sys.argv[1], timeout_s=600)
child = resource.getrusage(resource.RUSAGE_CHILDREN)
text = document.text
words = len(text.split()) if document.language not in ("zh", "ja") else len(text)
print(json.dumps([words, time.perf_counter() - started, time.process_time() - own + child.ru_utime + child.ru_stime, child.ru_maxrss]))
"""


def plain_seconds(path: Path) -> float:
    """Processor time of only getting at the characters; the best of five."""
    best = float("inf")
    for _ in range(5):
        started = time.process_time()
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    archive.read(name).decode("utf-8", errors="replace")
        else:
            path.read_bytes().decode("utf-8", errors="replace")
        best = min(best, time.process_time() - started)
    return max(best, 1e-6)


def main() -> int:
    if not DATA.is_dir():
        print("the developers' shared data is not beside this checkout; nothing to measure")
        return 0
    print(
        f"{'format':12} {'file':34} {'words':>9} {'wall s':>7} {'CPU s':>7} {'words/CPU s':>12} {'x plain':>9} {'peak MB':>8}"
    )
    for format, name in FILES:
        path = DATA / name
        run = subprocess.run(
            [sys.executable, "-c", MEASURE, str(path)], capture_output=True, text=True, cwd=ROOT, check=True
        )
        words, wall_s, cpu_s, peak = (float(value) for value in run.stdout.strip().strip("[]").split(","))
        peak_mb = peak / 1024 if sys.platform != "darwin" else peak / 1024**2
        print(
            f"{format:12} {path.name[:34]:34} {words:9,.0f} {wall_s:7.2f} {cpu_s:7.2f} {words / cpu_s:12,.0f} "
            f"{cpu_s / plain_seconds(path):9,.0f} {peak_mb:8.0f}"
        )
    print(f"(the bench itself peaked at {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
