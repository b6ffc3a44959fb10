"""What is known of a compressor's training before it is started: how long it takes here, and whether one was interrupted."""

from __future__ import annotations

from app.operations.compressor_cards import read_card
from app.operations.compressor_folders import CompressorMethod, training_folder
from app.operations.compressors import is_resumable, job_kind
from app.operations.memories import learning_seconds
from app.operations.models import current_model, loadable_models
from app.services import Services
from storage import jobs

USUAL_STEPS = {CompressorMethod.GIST: 3000, CompressorMethod.SEGMENTS: 600}
"""Of a training on a processor nobody has decided otherwise about (`settings` of `engine.methods.gist` and `.segments`)."""
STEP_IN_LEARNED_TOKENS = {CompressorMethod.GIST: 1000, CompressorMethod.SEGMENTS: 1300}
"""Learning so many tokens takes as long as a step: 150 tokens/s beside 6.5 s for eight prompts, and beside half as much again as
that for a text of four segments; measured with the embedded model."""

_HOURS_S = 7200


def training_seconds(
    services: Services,
    *,
    steps: int | None = None,
    resume: bool = True,
    method: CompressorMethod = CompressorMethod.GIST,
) -> float | None:
    """How long training one for the model in use takes here, about; None: not known.

    resume: what is left of the one that was begun, if one was, from the steps that were taken; else from what learning a book
    has taken. steps: of a new one; None: as many as usual.
    """
    model = current_model(services)
    folder = training_folder(services.data_dir, model.identity, method)
    if resume and is_resumable(folder):
        card = read_card(folder)
        if card.seconds and card.steps and card.of_steps:
            return _roughly(card.seconds / card.steps * max(0, card.of_steps - card.steps))
    seconds = learning_seconds(services, (steps or USUAL_STEPS[method]) * STEP_IN_LEARNED_TOKENS[method])
    return None if seconds is None else _roughly(seconds)


def interrupted(services: Services, method: CompressorMethod = CompressorMethod.GIST) -> list[str]:
    """The models, by name, whose training a crash or a power cut has ended; it can go on from its last checkpoint."""
    kind = job_kind(method)
    with services.database.read() as session:
        ran = [job for job in jobs.jobs(session, (*jobs.UNDER_WAY, *jobs.ENDED)) if job.kind == kind]
    last = {job.params["identity"]: job.state for job in ran}
    return [
        model.name
        for model in loadable_models(services)
        if last.get(model.identity) == "interrupted"
        and is_resumable(training_folder(services.data_dir, model.identity, method))
    ]


def _roughly(seconds: float) -> float:
    """To the half hour where it takes hours: nobody knows it better."""
    return seconds if seconds < _HOURS_S else round(seconds / 1800) * 1800.0
