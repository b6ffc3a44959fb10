"""What counts as the same word: a text's terms, for finding passages and for checking what an answer rests on.

Knows letters and scripts. Knows nothing of passages, questions, prompts or models.

English and its alphabet: words are casefolded, lose a possessive and are cut to a light stem; irregular forms go to
their base ("found" -> "find"), numbers up to a hundred to digits. Chinese, Japanese and Korean are not cut into words by
their script: there a run of characters gives every single character and every overlapping pair, so that a name of two
characters is one exact term.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

_CJK = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003134f"
_TOKEN = re.compile(rf"[{_CJK}]+|(?:(?![{_CJK}])[^\W_])+(?:['’](?:(?![{_CJK}])[^\W_])+)*")
_CJK_START = re.compile(f"[{_CJK}]")

_IRREGULAR_FORMS = """
arise arose arisen|awake awoke awoken|be am is are was were been being|bear bore borne|beat beaten|become became
begin began begun|bend bent|bet|bind bound|bite bit bitten|bleed bled|blow blew blown|break broke broken|breed bred
bring brought|build built|burn burnt|buy bought|catch caught|choose chose chosen|cling clung|come came|creep crept
deal dealt|die died dying dead death|dig dug|do did does done|draw drew drawn|dream dreamt|drink drank drunk
drive drove driven|dwell dwelt|eat ate eaten|fall fell fallen|feed fed|feel felt|fight fought|find found|flee fled
fling flung|fly flew flown|forbid forbade forbidden|forget forgot forgotten|forgive forgave forgiven
freeze froze frozen|get got gotten|give gave given|go went gone goes|grind ground|grow grew grown|hang hung
have had has|hear heard|hide hid hidden|hold held|keep kept|kneel knelt|know knew known|lay laid|lead led|leap leapt
learn learnt|leave left|lend lent|lie lay lain lying|light lit|lose lost|make made|mean meant|meet met|pay paid
ride rode ridden|ring rang rung|rise rose risen|run ran|say said|see saw seen|seek sought|sell sold|send sent
sew sewn|shake shook shaken|shine shone|shoot shot|show shown|shrink shrank shrunk|sing sang sung|sink sank sunk
sit sat|slay slew slain|sleep slept|slide slid|smell smelt|speak spoke spoken|spell spelt|spend spent|spill spilt
spin spun|spoil spoilt|spring sprang sprung|stand stood|steal stole stolen|stick stuck|sting stung
strike struck stricken|strive strove|swear swore sworn|sweep swept|swim swam swum|swing swung|take took taken
teach taught|tear tore torn|tell told|think thought|throw threw thrown|tread trod trodden|understand understood
wake woke woken|wear wore worn|weave wove woven|weep wept|win won|wind wound|write wrote written|man men|woman women
child children|foot feet|tooth teeth|goose geese|mouse mice|wife wives|life lives|knife knives|wolf wolves
leaf leaves|half halves|self selves|thief thieves|calf calves|loaf loaves|ox oxen|person people|brother brethren
good better best|bad worse worst
"""
_IRREGULAR = {
    form: forms.split()[0]
    for forms in _IRREGULAR_FORMS.replace("\n", "|").split("|")
    if forms
    for form in reversed(forms.split())
}

_UNITS = """one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
eighteen nineteen"""
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety hundred"
_NUMBER_WORDS = {word: str(number) for number, word in enumerate(_UNITS.split(), start=1)} | {
    word: str(10 * number) for number, word in enumerate(_TENS.split(), start=2)
}


@dataclass(frozen=True, slots=True)
class Word:
    """A word, or a run of CJK characters, where it stands. terms: what it is found by (several for CJK)."""

    start: int
    end: int
    terms: tuple[str, ...]


def words(text: str) -> Iterator[Word]:
    """The words of a text in order, with their places: `text[word.start:word.end]`."""
    for match in _TOKEN.finditer(text):
        yield Word(match.start(), match.end(), terms_of(match.group()))


def terms(text: str) -> list[str]:
    """The terms of a text in order, repeats kept."""
    return [term for token in _TOKEN.findall(text) for term in terms_of(token)]


@lru_cache(maxsize=100_000)
def terms_of(token: str) -> tuple[str, ...]:
    """The terms one word, or one run of CJK characters, is found by."""
    folded = unicodedata.normalize("NFKC", token).casefold().replace("’", "'")
    if _CJK_START.match(folded):
        return _run_terms(folded)
    if len(folded) == 2 and folded.isascii() and folded.isdigit() and folded[0] > "1" and folded[1] > "0":
        return (f"{folded[0]}0", folded[1])  # as "twenty-two" has two terms, so has 22
    return (stem(folded.split("'")[0] or folded),)


def _run_terms(run: str) -> tuple[str, ...]:
    """Characters and pairs of a CJK run in the order of the text: a b c -> a, ab, b, bc, c."""
    return tuple(part for i in range(len(run)) for part in (run[i], run[i : i + 2]) if part)[: 2 * len(run) - 1]


def stem(word: str) -> str:
    """A light English stem of a casefolded word: plural, -ed, -ing, -ly go; irregular forms become their base.

    After Harman 1991 ("How effective is suffixing?"): a light stem finds as much as Porter's and merges fewer words.
    """
    base = _IRREGULAR.get(word) or _NUMBER_WORDS.get(word)
    if base is not None:
        return base
    if len(word) <= 3 or not word.isascii() or not word.isalpha():
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "i"
    if word.endswith(("sses", "shes", "ches", "xes", "zes", "oes")):
        return _bare(word[:-2])
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return _bare(word[:-1])
    if word.endswith("ied") and len(word) > 4:
        return word[:-3] + "i"
    for suffix in ("ed", "ing", "ly"):
        if word.endswith(suffix) and len(word) - len(suffix) >= 3 and _VOWEL.search(word[: -len(suffix)]):
            return _bare(word[: -len(suffix)])
    return _bare(word)


_VOWEL = re.compile("[aeiouy]")


def _bare(stem_of_word: str) -> str:
    """One spelling for a stem: "stopp", "hope" and "hop" apart, "love" and "lov" together, "happy" and "happi" too."""
    if len(stem_of_word) > 3 and stem_of_word[-1] == stem_of_word[-2] and stem_of_word[-1] not in "aeioulsz":
        return stem_of_word[:-1]
    if len(stem_of_word) > 3 and stem_of_word.endswith("e"):
        return stem_of_word[:-1]
    if len(stem_of_word) > 3 and stem_of_word.endswith("y"):
        return stem_of_word[:-1] + "i"
    return stem_of_word
