"""Fetching models from a hub: begun, stopped, gone on with, discarded; and what has come is taken in as a model."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from app.operations import hub
from app.operations.catalogue import find_in_catalogue
from app.operations.downloading import Download, Downloaded, read_plan
from app.operations.hub import HubError
from app.operations.models import MODELS_FOLDER, check_name_is_free, prepare_model
from app.services import Services, Ticket
from engine.jobs import Event, Failed, Finished, Lane, Progress, Stopped
from storage import jobs, processes
from storage.jobs import JobState
from storage.settings import get_setting, set_setting

KIND = "download"
DOWNLOADS_FOLDER = MODELS_FOLDER / ".downloads"
_ENDPOINT = "hub_endpoint"


@dataclass(frozen=True, slots=True)
class PartialDownload:
    """What has come of a model that is not taken in yet."""

    name: str
    repo: str
    revision: str
    gguf: str
    done_bytes: int
    total_bytes: int
    is_running: bool
    """Whether it is being fetched now, by this or another Palimpsest."""

    @property
    def is_whole(self) -> bool:
        return self.done_bytes == self.total_bytes


def hub_endpoint(services: Services) -> str:
    """Where models are fetched from: the user's setting, else $HF_ENDPOINT, else huggingface.co. Raises HubError."""
    with services.database.read() as session:
        kept = get_setting(session, _ENDPOINT, "")
    return hub.check_endpoint(kept or os.environ.get("HF_ENDPOINT", "") or hub.DEFAULT_ENDPOINT)


def hub_host(services: Services) -> str:
    """The name of the hub, to be shown; "" where its address is none that may be used."""
    try:
        return urlsplit(hub_endpoint(services)).netloc
    except HubError:
        return ""


def set_hub_endpoint(services: Services, endpoint: str) -> None:
    """Fetch models from another hub (a mirror); "" is the usual one again. Raises HubError for what is no https address."""
    with services.database.session() as session:
        set_setting(session, _ENDPOINT, hub.check_endpoint(endpoint) if endpoint.strip() else "")


def download_model(services: Services, reference: str) -> Ticket:
    """Fetch a model; goes on where one was stopped. Finished.result: Downloaded; `add_downloaded` takes it in.

    reference: a name of the catalogue or of a download begun, "owner/name", "owner/name@revision" or "owner/name/file.gguf".
    """
    repo, revision, gguf, name = _wanted(services, reference)
    check_name_is_free(services, name)
    endpoint = hub_endpoint(services)
    with services.database.session() as session:
        if _is_running(jobs.jobs(session), name):
            raise HubError(f"“{name}” is being downloaded already.")
        row_id = jobs.add_job(session, kind=KIND, document_id=None, params={"name": name})
    request = Download(services.data_dir / DOWNLOADS_FOLDER / name, endpoint, repo, revision, gguf)

    def store(event: Event) -> Event:
        match event:
            case Finished():
                _keep_state(services, row_id, "done")
            case Stopped():
                _keep_state(services, row_id, "stopped")
            case Failed():
                _keep_state(services, row_id, "failed", event.message)
            case Progress(done=0):
                _keep_state(services, row_id, "running")
        return event

    return services.submit(services.downloads, request, lane=Lane.BACKGROUND, kind=KIND, title=name, store=store)


def downloads(services: Services) -> list[PartialDownload]:
    """What has come of models that are not taken in yet, by name."""
    root = services.data_dir / DOWNLOADS_FOLDER
    if not root.is_dir():
        return []
    with services.database.read() as session:
        under_way = jobs.jobs(session)
    found = []
    for folder in sorted(root.iterdir()):
        plan = read_plan(folder)
        if plan is not None:
            found.append(
                PartialDownload(
                    name=folder.name,
                    repo=plan.repo,
                    revision=plan.revision,
                    gguf=plan.gguf,
                    done_bytes=plan.total_bytes if plan.is_whole(folder) else plan.done_bytes(folder),
                    total_bytes=plan.total_bytes,
                    is_running=_is_running(under_way, folder.name),
                )
            )
    return found


def discard_download(services: Services, name: str) -> None:
    """Delete what has come of a model. Raises HubError while it is being fetched."""
    with services.database.read() as session:
        if _is_running(jobs.jobs(session), name):
            raise HubError(f"“{name}” is being downloaded; stop that first.")
    if any(found.name == name for found in downloads(services)):
        shutil.rmtree(services.data_dir / DOWNLOADS_FOLDER / name, ignore_errors=True)


def add_downloaded(services: Services, name: str) -> Ticket:
    """Take in a model that has come whole. Finished.result: ModelInfo. Its weights are moved, not copied."""
    folder = services.data_dir / DOWNLOADS_FOLDER / name
    plan = read_plan(folder)
    if plan is None or not plan.is_whole(folder):
        raise HubError(f"“{name}” has not come whole yet; go on with its download first.")
    done: Downloaded = plan.result(folder)
    listed = find_in_catalogue(plan.repo)
    notes = {
        "repo": done.repo,
        "commit": done.commit,
        "licence": listed.licence if listed is not None else done.licence,
        "languages": list(listed.languages if listed is not None else done.languages),
    }
    return prepare_model(
        services,
        done.source,
        name,
        source=f"{done.repo}@{done.commit[:12]}",
        notes=notes,
        adopt=not plan.gguf,
        afterwards=lambda: shutil.rmtree(folder, ignore_errors=True),
    )


def _wanted(services: Services, reference: str) -> tuple[str, str, str, str]:
    """Repository, revision, GGUF file or "", and the name the model gets here."""
    reference = reference.strip()
    begun = next((found for found in downloads(services) if found.name == reference), None)
    if begun is not None:
        return begun.repo, begun.revision, begun.gguf, begun.name
    listed = find_in_catalogue(reference)
    if listed is not None:
        return listed.repo, listed.revision, "", listed.name
    path, _, revision = reference.partition("@")
    owner, _, rest = path.partition("/")
    name, _, gguf = rest.partition("/")
    if not rest:
        raise HubError(f"There is no model called “{reference[:80]}” in the catalogue; for any other give owner/name.")
    called = Path(gguf).stem if gguf else name
    return hub.check_repo(f"{owner}/{name}"), revision or "main", gguf, called.lower().strip("-.") or "model"


def _is_running(rows: list[jobs.JobRow], name: str) -> bool:
    return any(
        row.kind == KIND and row.params.get("name") == name and processes.is_running(row.pid, row.process_start)
        for row in rows
    )


def _keep_state(services: Services, row_id: int, state: JobState, message: str = "") -> None:
    with services.database.session() as session:
        jobs.update_job(session, row_id, state=state, message=message)
