"""Names of people: kept as they are written, masked for everybody who needs no name (clause 2.1, least disclosure)."""

import unicodedata

LONGEST_NAME = 80
"""Characters after NFC. Long enough for Spanish double surnames and Uyghur names with patronymics."""

_JOINERS = frozenset("\u200c\u200d\ufe00\ufe0f")
_IDEOGRAPHIC_VARIATION = range(0xE0100, 0xE01F0)


def clean_text(text: str) -> str:
    """NFC, outer white space off, inner runs of it folded to one space. Never NFKC: it would change people's names."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def text_problem(text: str, longest: int = LONGEST_NAME) -> str | None:
    """Why a text cannot be taken, as a code: `empty`, `too_long`, `control_characters`; None where it can."""
    if not text:
        return "empty"
    if len(text) > longest:
        return "too_long"
    if any(_forbidden(character) for character in text):
        return "control_characters"
    return None


def _forbidden(character: str) -> bool:
    if character in _JOINERS or ord(character) in _IDEOGRAPHIC_VARIATION or _beyond_the_table(character):
        return False
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def mask_name(name: str) -> str:
    """The label of a name: 张*明, 李*, 阿**·买**, L. P**. Shows that two rows may be one person, not who it is."""
    words = name.split()
    if all(_is_han(cluster) for cluster in _clusters("".join(words))):
        name, words = "".join(words), []  # 张 明, as lists are typed: with a letter of each word the whole name would stand there
    if len(words) > 1:
        return f"{_first(words[0])}. " + _starred(words[-1])
    if "·" in name:
        return "·".join(_starred(part) for part in name.split("·") if part) or "*"
    clusters = _clusters(name)
    if len(clusters) >= 3 and _is_han(clusters[0]):
        return clusters[0] + "*" * (len(clusters) - 2) + clusters[-1]
    return _starred(name)


def _starred(word: str) -> str:
    clusters = _clusters(word)
    return clusters[0] + "*" * min(max(len(clusters) - 1, 1), 2)


def _first(word: str) -> str:
    return _clusters(word)[0]


def _clusters(word: str) -> list[str]:
    """Characters with their combining marks and variation selectors."""
    clusters: list[str] = []
    for character in word:
        if clusters and (
            unicodedata.combining(character) or _forbidden(character) or character in _JOINERS or ord(character) in _IDEOGRAPHIC_VARIATION
        ):
            clusters[-1] += character
        else:
            clusters.append(character)
    return clusters or ["*"]


def _is_han(character: str) -> bool:
    return _beyond_the_table(character[0]) or "CJK" in unicodedata.name(character[0], "")


def _beyond_the_table(character: str) -> bool:
    """Planes 2 and 3: Chinese characters alone, more with every Unicode version for the sake of people's names; Python's table is older."""
    return 0x20000 <= ord(character) <= 0x3FFFF and ord(character) & 0xFFFF < 0xFFFE
