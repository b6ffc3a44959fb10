"""What forgetting counts, in words: before it happens and after."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication

from app.desktop.wording import number, size

translate = QCoreApplication.translate


def thing_name(key: str) -> str:
    """What a count is a count of, in the language of the window."""
    names = {
        "documents": translate("forget", "Documents"),
        "sections": translate("forget", "Sections"),
        "blocks": translate("forget", "Paragraphs"),
        "passages": translate("forget", "Passages"),
        "conversations": translate("forget", "Conversations"),
        "turns": translate("forget", "Questions and answers"),
        "citations": translate("forget", "Citations"),
        "memories": translate("forget", "Memories"),
        "memory_chunks": translate("forget", "Points of the learning curve"),
        "document_tags": translate("forget", "Tags"),
        "covers": translate("forget", "Covers"),
        "images": translate("forget", "Pictures"),
        "annotations": translate("forget", "Bookmarks, highlights and notes"),
        "prompt_states": translate("forget", "Prompt caches"),
        "jobs": translate("forget", "Notes of jobs"),
        "settings": translate("forget", "Mentions in settings"),
        "quarantined_files": translate("forget", "Notes of broken files"),
        "log_lines": translate("forget", "Lines of the log"),
        "originals": translate("forget", "Kept originals"),
        "files": translate("forget", "Files"),
        "bytes": translate("forget", "Size of its files on disk"),
    }
    return names.get(key, key.replace("_", " "))


def counted(counts: Mapping[str, int]) -> list[tuple[str, str]]:
    """Name and figure of everything that is not nothing."""
    return [
        (thing_name(key), size(count) if key.endswith("bytes") else number(count))
        for key, count in counts.items()
        if count
    ]
