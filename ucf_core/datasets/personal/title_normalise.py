"""Normalises titles for search: no case, accents or signs, articles in front."""

import re
import unicodedata
from collections.abc import Iterator

# letters that NFKD does not split into a letter and an accent
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "\N{LATIN SMALL LETTER DOTLESS I}": "i"}
    | {"&": " and "}
    | dict.fromkeys("'`\N{RIGHT SINGLE QUOTATION MARK}\N{LEFT SINGLE QUOTATION MARK}\N{ACUTE ACCENT}\N{PRIME}", "")
)
_SIGNS = re.compile(r"[\W_]+")
_HYPHENS = re.compile(r"(?<=\w)[-\N{HYPHEN}\N{NON-BREAKING HYPHEN}\N{MIDDLE DOT}](?=\w)")

# articles that a catalogue puts behind the title: "Matrix, The"
_BEHIND = re.compile(
    r"^(?P<title>.+), (?P<article>the|an?|l[eao']|les|l\N{RIGHT SINGLE QUOTATION MARK}|el|los|las|il|gli|i|der|die|das"
    r"|ein|eine|une?|uno|una|os?|as?|det?|den|het|en|ett?)$",
    re.IGNORECASE,
)
# articles to drop before a title, without those that may be other words: "Die Hard" is not "Hard"
_BEFORE = re.compile(r"^(the|an?|le|la|les|el|il|der|das) (?=.)")
_ARTICLES = frozenset(("the", "a", "an", "le", "la", "les", "l", "el", "los", "las", "il", "der", "die", "das"))
# "X" and "I" are rarely numbers
_NUMERALS = {"ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7", "viii": "8", "ix": "9"}
_ASIDE = re.compile(r"\(([^()]*)\)")
_ALSO_KNOWN = re.compile(r"^a\.?k\.?a\.?:?\s+", re.IGNORECASE)


def plain(text: str) -> str:
    """Lower-case words without accents and signs, one space between: "Amélie & I" gives "amelie and i"."""
    text = text.casefold().translate(_LETTERS)
    if not text.isascii():
        text = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return _SIGNS.sub(" ", text).strip()


def with_digits(words: str) -> str:
    """Plain words with Roman numerals as digits, but for the first word: "rocky ii" gives "rocky 2"."""
    first, *others = words.split(" ")
    return " ".join([first, *(_NUMERALS.get(word, word) for word in others)])


def in_order(title: str) -> str:
    """A title with its article in front: "Matrix, The" gives "The Matrix"."""
    match = _BEHIND.match(title)
    return f"{match['article']} {match['title']}" if match else title


def names(title: str) -> Iterator[str]:
    """All names in a title, article in front: "Seven (a.k.a. Se7en)" gives itself, "Seven" and "Se7en"."""
    yield in_order(title)
    start = title.find("(")
    if start < 0:
        return
    if start > 0:
        yield in_order(title[:start].strip())
    for aside in _ASIDE.findall(title):
        yield in_order(_ALSO_KNOWN.sub("", aside.strip()))


def keys(name: str) -> set[str]:
    """Search keys of a name, without spaces: with and without its article."""
    return keys_of_words(plain(name)) - {""}


def keys_of_words(words: str) -> set[str]:
    """Search keys of plain words: with the article, without it, numerals as digits."""
    found = {words, _BEFORE.sub("", words)}
    rest, _, last = words.rpartition(" ")
    if rest and last in _ARTICLES:
        found.add(rest)
    # without spaces, so that "spider man" and "spiderman" are one
    return {written.replace(" ", "") for one in found for written in (one, with_digits(one))}


def words_of(title: str) -> set[str]:
    """The words of a title, Roman numerals also as digits: "Spider-Man" has spider, man and spiderman."""
    found = {*plain(title).split(), *with_digits(plain(title)).split()}
    joined = _HYPHENS.sub("", title)
    return found if joined == title else found | set(plain(joined).split())
