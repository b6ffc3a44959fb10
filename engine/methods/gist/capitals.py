"""Names in a text, by their capitals: English and other alphabets that have two cases.

Knows letters, words and where sentences begin. Precision comes first: a capital that merely opens a sentence makes no name.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.sentences import sentence_spans

_CJK = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_WORD = re.compile(rf"(?:(?![{_CJK}])[^\W\d_])+(?:['’](?:(?![{_CJK}])[^\W\d_])+)*")
_PARTICLE_WORDS = "of de la le du da di del der den van von zu bin ibn al el the"
_TITLE_WORDS = "mr mrs ms dr st prof rev capt col gen lt sgt sir lady lord miss madame mme mlle jr sr fr"
_EVERYDAY_WORDS = """
a about above add after again all also although always am an and another any anything are as ask at avoid be because before
begin below best both but by can cannot check choose consider could create describe did do does don't during each either
else end ensure even every everything example explain few final first focus follow for from give given go good had has have
he hello help her here hers hi him his how however i if in include instead into is it its it's just keep let let's like
list look main make many may maybe me might more most much must my name never new next no none not note nothing now of off
on once one only or other our out over own per please point possible provide put read remember reply respond return same
say second see set she should show so some someone something start stay still stop such summary summarize sure take tell
than thank thanks that that's the their them then there these they thing think this those though three through to together
too translate try two under unless until up us use using very was we well were what what's when where whether which while
who whom whose why will with within without would write yes yet you you're your yours yourself
task tasks rules rule style tone format input output role goal goals context question questions answer answers text title
important warning hint step steps section part language user assistant system
act address assume call close compare convert count discuss extract find generate greet identify ignore imagine mention open play
pretend produce quote refer rewrite sign speak suppose treat
"""
_PARTICLES = frozenset(_PARTICLE_WORDS.split())
_TITLES = frozenset(_TITLE_WORDS.split())
_NOT_NAMES = frozenset(_EVERYDAY_WORDS.split())
"""What begins sentences in instructions, or stands before a colon, and is no name."""
_SPEAKS_OF_SOMEONE = re.compile(
    r"[ \t]+(?:is|was|has|had|will|would|can|could|did|does|and|[a-z]{3,}(?:s|ed))(?![\w'’-])"
)
_NAME_GAP = re.compile(r"[ \t]|-|[ \t]&[ \t]|\.[ \t]?")
_INITIAL_GAP = re.compile(r"\.[ \t]?")
_HEADING = re.compile(r"^[ \t]*(?:#.*|\*\*[^*\n]+\*\*:?[ \t]*)$", re.MULTILINE)
_LETTER = re.compile(r"[^\W_]")


@dataclass(frozen=True, slots=True)
class _Capital:
    """A capitalised word. opens: it begins a sentence or a line, where every word has a capital."""

    start: int
    end: int
    opens: bool


def capital_names(text: str) -> Iterator[tuple[int, int]]:
    """Places of names, in order and apart: runs of capitalised words within a sentence, and likely ones at its beginning."""
    all_words = list(_WORD.finditer(text))
    small = {match[0] for match in all_words if match[0][0].islower()}
    capitals = _capitals(text, all_words)
    known = {text[word.start : word.end] for word in capitals if not word.opens}
    run: list[_Capital] = []
    for word in capitals:
        if run and not _goes_on(text, run[-1], word):
            yield from _run_name(text, run, known, small)
            run = []
        run.append(word)
    yield from _run_name(text, run, known, small)


def _capitals(text: str, all_words: Sequence[re.Match[str]]) -> list[_Capital]:
    openings = _openings(text)
    headings = [match.span() for match in _HEADING.finditer(text)]
    found = []
    for match in all_words:
        word, start = match[0], match.start()
        if not word[0].isupper() or _is_shouted(word) or word.partition("'")[0].partition("’")[0] == "I":
            continue
        place = bisect_right(headings, (start, len(text))) - 1
        if place >= 0 and headings[place][1] > start:
            continue
        found.append(_Capital(start, match.end(), start in openings))
    return found


def _openings(text: str) -> set[int]:
    """Where words have a capital whatever they are: at the beginning of sentences and lines, behind a colon, in quotes."""
    begins = [start for start, _ in sentence_spans(text)]
    begins += [match.end() for match in re.finditer(r"^|[:;：；\"“‘«「『(*_]|\d[.)]", text, re.MULTILINE)]
    return {match.start() for begin in begins if (match := _LETTER.search(text, begin))}


def _is_shouted(word: str) -> bool:
    """Words in capitals for emphasis; short ones that are not everyday words are acronyms."""
    return len(word) > 1 and word.isupper() and (len(word) > 5 or word.casefold() in _NOT_NAMES)


def _goes_on(text: str, before: _Capital, word: _Capital) -> bool:
    """Whether a word belongs to the same name: Mira Voss, J. R. R. Tolkien, Lady of Shalott, Jean-Luc."""
    gap, last = text[before.end : word.start], text[before.start : before.end]
    if _INITIAL_GAP.fullmatch(gap):
        return len(last) == 1 or last.casefold() in _TITLES
    if word.opens:
        return False
    inner = gap.split()
    return bool(_NAME_GAP.fullmatch(gap)) or (
        0 < len(inner) <= 2 and "\n" not in gap and all(particle in _PARTICLES for particle in inner)
    )


def _run_name(text: str, run: list[_Capital], known: set[str], small: set[str]) -> Iterator[tuple[int, int]]:
    """The name in a run of capitalised words, without a first word that merely opens the sentence."""
    if run and run[0].opens and not _opens_with_name(text, run, known, small):
        run = run[1:]
    while run and text[run[0].start : run[0].end].casefold() in _PARTICLES:
        run = run[1:]
    if run:
        end = run[-1].end
        tail = text[run[-1].start : end]
        if len(tail) > 3 and tail.endswith(("'s", "’s")):
            end -= 2
        alone = text[run[0].start : end].casefold()
        is_label = text[run[-1].end : run[-1].end + 1] in (":", "：")
        if len(run) > 1 or (len(alone) > 1 and not is_label and alone not in _NOT_NAMES | _TITLES):
            yield run[0].start, end


def _opens_with_name(text: str, run: list[_Capital], known: set[str], small: set[str]) -> bool:
    word = text[run[0].start : run[0].end]
    bare = word.removesuffix("'s").removesuffix("’s")
    if bare.casefold() in _NOT_NAMES or word.casefold() in _NOT_NAMES:
        return False
    if len(run) > 1:
        return text[run[0].end : run[1].start].isspace() or word.casefold() in _TITLES or word in known
    if word in known or bare in known or bare != word or (word.isupper() and len(word) > 1):
        return True
    return word.lower() not in small and bool(_SPEAKS_OF_SOMEONE.match(text, run[0].end))
