"""What the shelf sorts and searches by: a title without its article, an author by family name, words without accents.

Knows strings. Where a library puts “Émile”, “The Castle” and “Volume 10” is decided here and nowhere else.
"""

from __future__ import annotations

import re
import unicodedata

_ARTICLES = {
    "en": ("the", "a", "an"),
    "fr": ("le", "la", "les", "un", "une", "l'"),
    "de": ("der", "die", "das", "ein", "eine"),
    "es": ("el", "la", "los", "las", "un", "una"),
    "it": ("il", "lo", "la", "i", "gli", "le", "un", "una", "l'"),
    "pt": ("o", "a", "os", "as", "um", "uma"),
    "nl": ("de", "het", "een"),
}
_OPENING = re.compile(r"^[\W_]+")
_DIGITS = re.compile(r"\d+")
_BETWEEN_AUTHORS = re.compile(r"\s*(?:[;,&、，；]|\band\b)\s*")
_SUFFIXES = frozenset({"jr", "jr.", "sr", "sr.", "ii", "iii", "iv"})


def plain(text: str) -> str:
    """Case and accents aside: "Émile" -> "emile"."""
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", "".join(part for part in parts if not unicodedata.combining(part)))


def searchable(text: str) -> str:
    """What search words are looked for in: the text as it is and without accents, so that "emile" finds "Émile"
    while "ém" does not find "Emma"."""
    folded = text.casefold()
    return folded if folded.isascii() else f"{folded}\n{plain(text)}"


def title_key(title: str, language: str = "") -> str:
    """A title as it sorts: case, accents, opening marks and the language's leading article aside; 2 before 10."""
    key = _OPENING.sub("", plain(title)).replace("’", "'") or plain(title)
    for article in _ARTICLES.get(language[:2].lower() or "en", ()):
        rest = key.removeprefix(article if article.endswith("'") else f"{article} ")
        if rest != key and rest.strip():
            key = rest.strip()
            break
    return _DIGITS.sub(lambda digits: digits[0].zfill(8), key)


def author_key(author: str) -> str:
    """Authors as they sort: the first one's family name, then the rest. "Jane Austen" -> "austen, jane"."""
    key = plain(author).strip()
    first, *others = _BETWEEN_AUTHORS.split(key, maxsplit=1)
    names = first.split()
    if len(names) < 2:  # "Austen, Jane" is in order already, "Plato" and "曹雪芹" have one name
        return key
    last = len(names) - 1
    while last > 1 and names[last] in _SUFFIXES:
        last -= 1
    in_order = f"{names[last]}, {' '.join(names[:last] + names[last + 1 :])}"
    return "; ".join([in_order, *others])
