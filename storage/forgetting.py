"""Forgetting documents: remove all of them, then look whether anything is left, and say so.

    probes collected -> memory folders, originals -> prompt states -> rows -> log lines -> database rewritten, WAL emptied
                     -> every file searched

Files go before rows: interrupted at any point, a document can be forgotten again until nothing of it is left.
Several are forgotten together: the database is rewritten and the files are searched once for all of them.
"Left" means in a file of the data folder; what a disk keeps in blocks that belong to no file is not in our hands.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import delete, func, literal_column, select, text
from sqlalchemy.orm import Session

from storage import documents, schema
from storage.conversations import turns
from storage.database import Database
from storage.documents import DocumentRow
from storage.errors import StorageError
from storage.jobs import running_jobs
from storage.line_files import remove_lines
from storage.mentions import NOTHING, Mentions
from storage.originals import original_files
from storage.pictures import picture_bytes
from storage.probes import (
    PIECE_BYTES,
    Probe,
    ProbeKind,
    byte_probes,
    label_probes,
    name_probes,
    piece_places,
    sentence_probes,
)
from storage.prompt_states import PromptStates
from storage.tags import tags_of
from storage.traces import UNREADABLE, NeedleSearch, Trace, make_needles, search_in_child

MEMORIES_FOLDER = "memories"
LOGS_FOLDER = "logs"

_MOST_SECTION_TITLES = 40
_LONG_TITLE_CHARACTERS = 8
_MOST_PICTURES = 1_000
_PIECES_OF_PICTURE = 3
_PIECES_OF_ORIGINAL = 40


@dataclass(frozen=True, slots=True)
class ForgetReport:
    """removed: how much of each thing went ("blocks", "turns", "files", "bytes", "log_lines", ...).

    residue: how many traces were found afterwards. residue_places: where, and how many; they hold no user text.
    probes: for how many pieces of text and names was searched; in `searched_files` files of `searched_bytes` bytes.
    """

    removed: dict[str, int]
    residue: int
    residue_places: list[str]
    probes: int
    searched_files: int
    searched_bytes: int


def forget_documents(
    database: Database, prompt_states: PromptStates, document_ids: Sequence[str], *, data_dir: Path
) -> ForgetReport:
    """Remove documents and everything made from them; search the data folder for what may be left.

    Raises StorageError, with nothing removed, for an unknown document and while another process works on one; and when
    a file cannot be removed (then the rows stay, and forgetting can be tried again). Jobs of this process are the
    caller's to stop first.
    """
    with database.read() as session:
        going = [documents.get_document(session, document_id) for document_id in document_ids]
        probes: list[Probe] = []
        folders: list[Path] = []
        for document in going:
            _refuse_while_others_work(session, document)
            probes += _collect_probes(session, document)
            probes += _piece_probes(session, document.document_id, data_dir)
            folders += _memory_folders(session, document.document_id, data_dir)
    titles, samples = prompt_states.traces(document_ids)
    probes += [*label_probes(titles), *byte_probes(samples)]
    probes = list({probe.text: probe for probe in reversed(probes)}.values())
    removed = Counter(_remove_folders(folders))
    for document in going:
        removed.update(_remove_originals(data_dir, document.document_id))
    prompts = prompt_states.forget(document_ids)
    removed.update(prompt_states=prompts.entries, bytes=prompts.bytes)
    with database.session() as session:
        for document in going:
            _refuse_while_others_work(session, document)
            removed.update(holdings(session, document.document_id))
            removed.update(bytes=picture_bytes(session, document.document_id))
            removed.update(_remove_rows(session, document))
    removed["log_lines"] = _remove_log_lines(data_dir, probes)
    unfinished = _empty_free_space(database)
    if not prompts.scrubbed:
        unfinished.append(f"{prompt_states.path.name}-wal: could not be emptied while another program reads")
    oldest = min((document.created_at.timestamp() for document in going), default=0.0)
    found = search_in_child(data_dir, probes, untouched_since=oldest)
    with database.read() as session:
        questions = {trace.probe for trace in found.traces}
        elsewhere = _standing_elsewhere(session, prompt_states, data_dir, probes, questions)
    counts = Counter(unfinished)
    for trace in found.traces:
        if trace.probe not in elsewhere:
            counts[_place(trace)] += trace.count
    return ForgetReport(
        removed={name: count for name, count in removed.items() if count},
        residue=counts.total(),
        residue_places=[f"{place} ({count})" for place, count in sorted(counts.items())],
        probes=len(probes),
        searched_files=found.files,
        searched_bytes=found.bytes,
    )


def holdings(session: Session, document_id: str) -> dict[str, int]:
    """How many rows a document has, by table: what forgetting it would remove. Raises StorageError if it is unknown."""
    documents.get_document(session, document_id)
    counts = {"documents": 1}
    for table in (
        schema.Section,
        schema.Block,
        schema.Passage,
        schema.Conversation,
        schema.Turn,
        schema.Memory,
        schema.DocumentTag,
        schema.Cover,
        schema.Image,
        schema.Annotation,
        schema.Job,
    ):
        query = select(func.count()).select_from(table).where(table.document_id == document_id)
        counts[table.__tablename__] = session.scalars(query).one()
    citations = select(func.count()).select_from(schema.Citation).join(schema.Turn)
    counts["citations"] = session.scalars(citations.where(schema.Turn.document_id == document_id)).one()
    chunks = select(func.count()).select_from(schema.MemoryChunk).join(schema.Memory)
    counts["memory_chunks"] = session.scalars(chunks.where(schema.Memory.document_id == document_id)).one()
    return counts


def _refuse_while_others_work(session: Session, document: DocumentRow) -> None:
    for job in running_jobs(session, document.document_id):
        if not job.is_own:
            raise StorageError(
                f"Another Palimpsest (process {job.pid}) is working on “{document.title}”; "
                "stop that job first, then forget the document."
            )


# -- what to look for --------------------------------------------------------------------------------------------------


def _collect_probes(session: Session, document: DocumentRow) -> list[Probe]:
    whole = documents.text(session, document.document_id)
    said = "\n".join(
        [
            *(f"{turn.question}\n{turn.answer}" for turn in turns(session, document.document_id)),
            *_words_of_the_user(session, document.document_id),
            *_descriptions(session, document.document_id),
        ]
    )
    titles = {row.title for row in documents.sections(session, document.document_id)}
    long_titles = sorted(title for title in titles if len(title) >= _LONG_TITLE_CHARACTERS)[:_MOST_SECTION_TITLES]
    speakers = select(schema.Block.speaker).where(schema.Block.document_id == document.document_id).distinct()
    labels = [document.document_id, document.title, document.author, document.source_name, document.series]
    labels += long_titles
    labels += [speaker for speaker in session.scalars(speakers) if speaker]
    probes = [*label_probes(labels), *sentence_probes(whole), *sentence_probes(said), *name_probes(whole)]
    return list({probe.text: probe for probe in reversed(probes)}.values())


def _words_of_the_user(session: Session, document_id: str) -> Iterator[str]:
    """Notes and names of conversations."""
    notes = select(schema.Annotation.note).where(schema.Annotation.document_id == document_id)
    names = select(schema.Conversation.title).where(schema.Conversation.document_id == document_id)
    yield from (words for query in (notes, names) for words in session.scalars(query) if words)


def _descriptions(session: Session, document_id: str) -> Iterator[str]:
    """What pictures of a document say of themselves."""
    query = select(schema.Image.description).where(schema.Image.document_id == document_id).distinct()
    yield from (words for words in session.scalars(query) if words)


def _piece_probes(session: Session, document_id: str, data_dir: Path) -> Iterator[Probe]:
    """Pieces of a document's pictures, of its cover and of its original."""
    for table in (schema.Image, schema.Cover):
        own = table.document_id == document_id
        sizes = session.execute(select(literal_column("rowid"), func.length(table.data)).where(own)).all()
        for rowid, size in sizes[:: 1 + len(sizes) // _MOST_PICTURES]:
            row = literal_column("rowid") == rowid
            yield from byte_probes(
                session.scalars(select(func.substr(table.data, place + 1, PIECE_BYTES)).where(row)).one()
                for place in piece_places(size, _PIECES_OF_PICTURE)
            )
    for path in original_files(data_dir, document_id):
        with path.open("rb") as file:
            for place in piece_places(path.stat().st_size, _PIECES_OF_ORIGINAL):
                file.seek(place)
                yield from byte_probes([file.read(PIECE_BYTES)])


def _standing_elsewhere(
    session: Session, prompt_states: PromptStates, data_dir: Path, probes: Sequence[Probe], found: set[int]
) -> set[int]:
    """Those of the found probes that stand in what is kept as well, so that finding them is no trace."""
    open_questions = found - {UNREADABLE}
    elsewhere: set[int] = set()
    for kept in chain(_kept_texts(session), prompt_states.kept_words()) if open_questions else ():
        elsewhere |= {number for number in open_questions if probes[number].stands_in(kept)}
        open_questions -= elsewhere
        if not open_questions:
            return elsewhere
    needles = [needle for needle in make_needles(probes) if needle.probe in open_questions]
    search = NeedleSearch(needles)
    states = map(BytesIO, prompt_states.kept_bytes())
    for file in chain(_kept_files(session, data_dir), states) if needles else ():
        with file:
            elsewhere |= search.count(file).keys()
    return elsewhere


def _kept_files(session: Session, data_dir: Path) -> Iterator[BinaryIO]:
    """Pictures and originals of other documents: in bytes without words, short names stand by accident."""
    for table in (schema.Image, schema.Cover):
        for data in session.scalars(select(table.data)).yield_per(1):
            yield BytesIO(data)
    for document_id in session.scalars(select(schema.Document.id)).all():
        for path in original_files(data_dir, document_id):
            yield path.open("rb")


def _kept_texts(session: Session) -> Iterator[str]:
    """Everything that may hold a word of the forgotten document by right: other documents with their conversations,
    names of models, the words of the tables themselves."""
    yield "\n".join(session.scalars(text("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")))
    for model in session.scalars(select(schema.Model)):
        yield "\n".join((model.name, model.architecture, model.source))
    for memory in session.execute(select(schema.Memory.model_name).distinct()):
        yield memory[0]
    for document_id in session.scalars(select(schema.Document.id)).all():
        document = documents.get_document(session, document_id)
        titles = [row.title for row in documents.sections(session, document_id)]
        tags = tags_of(session, [document_id]).get(document_id, [])
        labels = (document.title, document.author, document.source_name, document.series)
        said = (*_words_of_the_user(session, document_id), *_descriptions(session, document_id))
        yield "\n".join((*labels, *titles, *tags, *document.warnings, *said))
        yield documents.text(session, document_id)
        for turn in turns(session, document_id):
            yield f"{turn.question}\n{turn.answer}\n{turn.stats.get('reasoning', '')}"
        speakers = select(schema.Block.speaker).where(schema.Block.document_id == document_id).distinct()
        yield "\n".join(speaker for speaker in session.scalars(speakers) if speaker)
        marked = select(schema.Block.marks).where(
            schema.Block.document_id == document_id, schema.Block.marks.is_not(None)
        )
        yield "\n".join(
            note for marks in session.scalars(marked) for _, _, _, note in marks if note
        )  # readings of ruby


# -- removing ----------------------------------------------------------------------------------------------------------


def _memory_folders(session: Session, document_id: str, data_dir: Path) -> list[Path]:
    """The folders of a document's memories, each inside the folder of all memories."""
    root = (data_dir / MEMORIES_FOLDER).resolve()
    kept = session.scalars(select(schema.Memory.folder).where(schema.Memory.document_id == document_id))
    folders = [root / document_id, *((data_dir / folder).resolve() for folder in kept)]
    return [folder for folder in folders if root in folder.parents]


def _remove_folders(folders: Sequence[Path]) -> dict[str, int]:
    files = 0
    size = 0
    for folder in folders:
        contents = [path for path in folder.rglob("*") if path.is_file()]
        files += len(contents)
        size += sum(path.stat().st_size for path in contents)
        try:
            shutil.rmtree(folder)
        except FileNotFoundError:
            continue
        except OSError as problem:
            raise _cannot_remove(problem) from problem
    return {"files": files, "bytes": size}


def _remove_originals(data_dir: Path, document_id: str) -> dict[str, int]:
    removed = Counter[str]()
    for path in original_files(data_dir, document_id):
        size = path.stat().st_size
        try:
            path.unlink()
        except OSError as problem:
            raise _cannot_remove(problem) from problem
        removed.update(originals=1, bytes=size)
    return removed


def _cannot_remove(problem: OSError) -> StorageError:
    return StorageError(
        f"{problem.filename} cannot be removed ({problem.strerror}); the document is still in the library. "
        "Close the program that uses the file and try again."
    )


def _remove_rows(session: Session, document: DocumentRow) -> dict[str, int]:
    """Delete the document, with all that hangs on it, and what mentions it elsewhere; count the latter."""
    mentions = Mentions(document.document_id, document.title, document.source_name)
    sha256 = session.get_one(schema.Document, document.document_id).content_sha256
    other_jobs = [
        job.id
        for job in session.scalars(select(schema.Job))
        if job.document_id != document.document_id
        and (mentions.stands_in(job.params) or mentions.in_text(f"{job.stage}\n{job.message}"))
    ]
    files = [
        record.sha256
        for record in session.scalars(select(schema.QuarantinedFile))
        if record.sha256 == sha256 or mentions.in_text(record.message)
    ]
    settings = _remove_from_settings(session, mentions)
    for statement in (
        delete(schema.Job).where(schema.Job.id.in_(other_jobs)),
        delete(schema.QuarantinedFile).where(schema.QuarantinedFile.sha256.in_(files)),
        delete(schema.Document).where(schema.Document.id == document.document_id),
    ):
        session.execute(statement, execution_options={"synchronize_session": False})
    return {"jobs": len(other_jobs), "quarantined_files": len(files), "settings": settings}


def _remove_from_settings(session: Session, mentions: Mentions) -> int:
    """Take the document out of every setting, a setting about it alone as a whole; return how many changed."""
    changed = 0
    for setting in session.scalars(select(schema.Setting)).all():
        kept = NOTHING if mentions.in_text(setting.key) else mentions.without(setting.value["value"])
        if kept is NOTHING:
            session.delete(setting)
        elif kept != setting.value["value"]:
            setting.value = {"value": kept}
        else:
            continue
        changed += 1
    session.flush()
    return changed


def _remove_log_lines(data_dir: Path, probes: Sequence[Probe]) -> int:
    """Take lines that hold a probe out of the log files, and those that name the document out of the window's state."""
    needles = make_needles(probes)
    not_names = [needle for needle in needles if probes[needle.probe].kind is not ProbeKind.NAME]
    logs = [path for path in (data_dir / LOGS_FOLDER).rglob("*") if path.is_file()]
    states = list(data_dir.glob("*.ini"))
    return sum(remove_lines(path, needles) for path in logs) + sum(remove_lines(path, not_names) for path in states)


def _empty_free_space(database: Database) -> list[str]:
    """Overwrite deleted rows on disk, write the database anew, empty its log. Returns what could not be done, where.

    Zeros first, then the rewriting: VACUUM gives old pages back to the disk as they are.
    """
    try:
        database.checkpoint()
        database.compact()
    except StorageError:
        return [f"{database.path.name}: could not be rewritten while another program writes"]
    if not database.checkpoint():
        return [f"{database.path.name}-wal: could not be emptied while another program reads"]
    return []


def _place(trace: Trace) -> str:
    return f"{trace.file}: could not be read" if trace.probe == UNREADABLE else trace.file
