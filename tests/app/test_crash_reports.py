"""Crash reports: written after an unclean end only, readable, and never a word of a document in them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.operations import crash_reports, forgetting, library, opening
from app.operations.crash_reports import Watch, redacted_log, redacted_traceback
from engine.jobs import Finished
from storage.errors import StorageError

ROOT = Path(__file__).resolve().parents[2]
LINE = "2026-11-21 12:00:00,123 {level} MainThread {logger}: {message}"
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]), min_size=8, max_size=60)


@pytest.fixture
def services(tmp_path):
    services = opening.open_services(tmp_path, echo=True)
    yield services
    services.close()


def crash(data_dir: Path) -> None:
    """A process of a window that dies of a fault in the middle of things."""
    code = (
        "import sys, faulthandler; from pathlib import Path; from app.operations.crash_reports import Watch\n"
        "watch = Watch(Path(sys.argv[1])); faulthandler._sigsegv()"
    )
    died = subprocess.run([sys.executable, "-c", code, str(data_dir)], cwd=ROOT, capture_output=True, timeout=60)
    assert died.returncode != 0


def test_a_good_end_leaves_nothing(tmp_path):
    Watch(tmp_path).end()
    assert list((tmp_path / "logs").iterdir()) == []
    again = Watch(tmp_path)
    assert again.last_end is None
    again.end()


def test_a_crash_is_noticed_by_the_next_start_and_reported_once(services, tmp_path):
    crash(tmp_path)
    watch = Watch(tmp_path)
    assert watch.last_end is not None
    report = crash_reports.report_end(services, watch.last_end)
    watch.end()
    text = crash_reports.read_report(tmp_path, report.name)
    assert "Segmentation fault" in text and "in <module>" in text
    assert "Palimpsest 0" in text and "Python 3" in text
    assert str(Path.home()) not in text and str(tmp_path) not in text
    after = Watch(tmp_path)
    assert after.last_end is None
    after.end()
    assert [row.name for row in crash_reports.list_reports(tmp_path)] == [report.name]


def test_a_damaged_mark_counts_as_an_unclean_end(tmp_path):
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "running.json").write_text("{", encoding="utf-8")
    watch = Watch(tmp_path)
    assert watch.last_end is not None
    watch.end()


def test_a_mark_of_a_living_process_is_no_crash(tmp_path):
    first, second = Watch(tmp_path), Watch(tmp_path)
    assert second.last_end is None
    second.end()
    first.end()


@given(WORDS)
def test_what_was_said_never_stands_in_a_report(words):
    said = words.strip() + " marks the spot"
    lines = [
        LINE.format(level="ERROR", logger="app.services", message=f"“{said}” is being learned already"),
        "Traceback (most recent call last):",
        '  File "/home/somebody/palimpsest/app/services.py", line 12, in submit',
        f'    raise StorageError("{said}")',
        f"storage.errors.StorageError: {said}",
        said,
        LINE.format(level="WARNING", logger="pypdfium2.raw", message=said),
    ]
    text = "\n".join(redacted_log(lines, [said]))
    assert "marks the spot" not in text and "somebody" not in text
    assert "app/services.py, line 12, in submit" in text
    assert "storage.errors.StorageError" in text


def test_log_lines_of_ours_stay_readable():
    line = LINE.format(level="INFO", logger="engine.loading", message="loaded smollm2-135m-instruct in 1.3 s")
    assert list(redacted_log([line], [])) == [line]


def test_faulthandlers_frames_stay_readable():
    frames = ["Fatal Python error: Aborted", "", 'Current thread 0x00007f (most recent call first):',
              '  File "/usr/lib/python3.11/site-packages/torch/nn/linear.py", line 3 in forward']  # fmt: skip
    assert list(redacted_traceback(frames)) == [
        "Fatal Python error: Aborted",
        "Current thread 0x00007f (most recent call first):",
        "  site-packages/torch/nn/linear.py, line 3, in forward",
    ]


def test_titles_are_left_out_of_log_lines_and_forgetting_finds_nothing(services, tmp_path):
    (document,) = library.list_documents(services)
    log = tmp_path / "logs" / crash_reports.LOG_FILE
    log.parent.mkdir(exist_ok=True)
    log.write_text(LINE.format(level="INFO", logger="app.x", message=f"opened {document.title} at 12") + "\n", "utf-8")
    report = crash_reports.report_problem(services)
    text = crash_reports.read_report(tmp_path, report.name)
    assert "opened […] at 12" in text and document.title not in text
    end = services.run_until_end(forgetting.forget(services, document.document_id))
    assert isinstance(end, Finished) and end.result.residue == 0
    assert crash_reports.list_reports(tmp_path)


def test_reports_are_kept_within_bounds_saved_and_deleted(services, tmp_path):
    names = {crash_reports.report_problem(services).name for _ in range(crash_reports.MOST_REPORTS + 3)}
    rows = crash_reports.list_reports(tmp_path)
    assert len(names) == crash_reports.MOST_REPORTS + 3 and len(rows) == crash_reports.MOST_REPORTS
    copy = tmp_path / "copy.txt"
    crash_reports.save_report(tmp_path, rows[0].name, copy)
    assert copy.read_text("utf-8") == crash_reports.read_report(tmp_path, rows[0].name)
    crash_reports.delete_report(tmp_path, rows[0].name)
    with pytest.raises(StorageError):
        crash_reports.read_report(tmp_path, rows[0].name)


@pytest.mark.parametrize(
    "name", ["../ui.ini", "palimpsest.log", "crash-1.txt", "crash-20261121-120000-000000.txt/../x"]
)
def test_only_reports_are_read_and_deleted(tmp_path, name):
    with pytest.raises(StorageError):
        crash_reports.read_report(tmp_path, name)
    with pytest.raises(StorageError):
        crash_reports.delete_report(tmp_path, name)
