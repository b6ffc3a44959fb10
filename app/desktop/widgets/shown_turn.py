"""One question with its answer as plain values, ready to be shown. Knows rows and results, no widget and no database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.operations.results import Citation, Within
from storage.conversations import LineTurn, TurnRow


@dataclass(frozen=True, slots=True)
class ShownPlace:
    """A place in the book: `text[start:end] == quote`. number: its small figure in the answer, 0 when the answer does not
    rest on it."""

    number: int
    quote: str
    section: str
    page: str | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What an answer cost; None for what is not known."""

    prompt_tokens: int | None = None
    reused_tokens: int | None = None
    ttft_s: float | None = None
    tokens_per_s: float | None = None
    form: str = ""
    with_adapter: bool = False
    adapter_made: datetime | None = None
    """When the adapter was made that took part; None where that was not kept."""
    gist_tokens: int = 0
    """Of the re-used tokens, how many a gist stood in for."""
    segments: int = 0
    """Segments of the book whose memory stood before the prompt."""
    segment_tokens: int = 0
    """Tokens of the book those hold."""
    segment_slots: int = 0
    """What the model looked at in place of those tokens."""
    writer: str = ""
    """What wrote the words; "" where that was not kept."""
    reader: str = ""
    """What read most of the tokens that were not re-used."""
    handed_over_s: float = 0.0
    """How long it took to hand to the writer what another had read."""
    adapter_scale: float = 1.0
    """How strongly the adapter acted: 1 as it was learned."""


@dataclass(frozen=True, slots=True)
class ShownTurn:
    """marks: (offset in the answer, number of a place). passages: what was put before the model. version: from 0."""

    row: TurnRow
    places: tuple[ShownPlace, ...]
    marks: tuple[tuple[int, int], ...]
    passages: tuple[tuple[int, int], ...]
    figures: Figures
    within: Within | None
    up_to: int | None
    note: str
    reasoning: str
    model: str
    is_stopped: bool
    versions: tuple[str, ...]
    version: int

    @property
    def cited(self) -> tuple[ShownPlace, ...]:
        return tuple(place for place in self.places if place.number)


def shown_turn(of_line: LineTurn) -> ShownTurn:
    """A turn of the history."""
    turn = of_line.turn
    stats = turn.stats
    cited = [
        ShownPlace(number, row.quote, row.section_title, row.locator.page_label, row.locator.start, row.locator.end)
        for number, row in enumerate(turn.citations, start=1)
    ]
    quotes = [
        ShownPlace(0, quote, section, page, start, end) for start, end, quote, section, page in stats.get("quotes", ())
    ]
    marks = [(int(offset), int(place) + 1) for offset, place in stats.get("marks", ())]
    marked = {number for _, number in marks}
    marks += [(len(turn.answer), place.number) for place in cited if place.number not in marked]
    within = stats.get("within")
    return ShownTurn(
        row=turn,
        places=one_list(cited, quotes),
        marks=tuple(marks),
        passages=tuple((int(start), int(end)) for start, end in stats.get("passages", ())),
        figures=Figures(
            stats.get("prompt_tokens"),
            stats.get("reused_tokens"),
            stats.get("ttft_s"),
            stats.get("tokens_per_s"),
            str(stats.get("jrt", "")),
            bool(stats.get("adapter_used")),
            datetime.fromisoformat(stats["adapter_made"]) if stats.get("adapter_made") else None,
            int(stats.get("gist_tokens") or 0),
            int(stats.get("segments_used") or 0),
            int(stats.get("segment_tokens") or 0),
            int(stats.get("segment_slots") or 0),
            str(stats.get("writer") or ""),
            str(stats.get("reader") or ""),
            float(stats.get("handed_over_s") or 0),
            float(stats.get("adapter_scale", 1)),
        ),
        within=None if within is None else Within(*within),
        up_to=stats.get("up_to"),
        note=str(stats.get("note") or ""),
        reasoning=str(stats.get("reasoning") or ""),
        model=str(stats.get("model") or ""),
        is_stopped=bool(stats.get("stopped")),
        versions=of_line.versions,
        version=of_line.version,
    )


def found_places(quotes: Sequence[Citation]) -> tuple[ShownPlace, ...]:
    """Sentences that were found before the model has said anything."""
    return tuple(ShownPlace(0, each.quote, each.section, each.page, each.start, each.end) for each in quotes)


def one_list(cited: Sequence[ShownPlace], quotes: Sequence[ShownPlace]) -> tuple[ShownPlace, ...]:
    """The places an answer rests on, then those of the quotes that say something else."""
    others = [quote for quote in quotes if not any(each.start < quote.end and quote.start < each.end for each in cited)]
    return (*cited, *others)
