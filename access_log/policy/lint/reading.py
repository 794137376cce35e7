"""A policy in Markdown as sentences that know their line and article. Chinese and English; nothing is drawn and nothing is followed."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*\s*$")
ITEM = re.compile(r"\s*(?:[-*+•·]|(\d{1,3}|[一二三四五六七八九十]{1,3}|[(（](?:\d{1,3}|[一二三四五六七八九十]{1,3})[)）])[.)、．]?)\s+(.*)")
NUMBER = re.compile(
    r"(第[一二三四五六七八九十百\d]+[条章节款]|[一二三四五六七八九十]+(?=、)|[(（][一二三四五六七八九十\d]+[)）]"
    r"|(?:Article|Section|Clause|§)\s*\d+|\d+(?:\.\d+)*(?=[.、)\s]))",
    re.IGNORECASE,
)
LABEL = re.compile(r"\*\*(.+?)\*\*\s*[:：]?\s*")
SENTENCE_ENDS = re.compile(r"(?<=[。！？!?])|(?<=[.])\s+(?=[A-Z“\"(])")
MARKS = re.compile(r"\*\*|(?<![\w])__(?=[^\s_])|(?<=[^\s_])__(?![\w])|`|^>\s?|!?\[([^\]]*)\]\([^)]*\)", re.MULTILINE)
NAME_MOST = 20


@dataclass(frozen=True, slots=True)
class Sentence:
    """`line` counts from 1 in the file. `block` numbers the paragraph or list item, `section` is every heading it stands under."""

    text: str
    line: int
    article: str
    block: int
    section: str
    item: bool = False
    label: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """Every sentence, headings among them, in their order."""

    sentences: Sequence[Sentence]
    title: str = ""
    headings: Sequence[Sentence] = field(default_factory=tuple)

    def blocks(self) -> Iterator[list[Sentence]]:
        """The sentences of each paragraph or list item."""
        held: list[Sentence] = []
        for sentence in self.sentences:
            if held and held[-1].block != sentence.block:
                yield held
                held = []
            held.append(sentence)
        if held:
            yield held


@dataclass(slots=True)
class _Block:
    line: int
    item: bool
    number: str
    lines: list[str]


def read_document(text: str) -> Document:
    """Any text whatever; what is no Markdown is one long paragraph."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    reading = _Reading()
    for number, line in enumerate(lines, 1):
        if number <= _front_matter(lines):
            continue
        reading.take(number, line)
    reading.close()
    return Document(tuple(reading.sentences), reading.title, tuple(reading.headings))


def _front_matter(lines: Sequence[str]) -> int:
    """How many lines of settings stand above the text."""
    if lines[0].strip() != "---":
        return 0
    return next((number for number, line in enumerate(lines[1:40], 2) if line.strip() == "---"), 0)


class _Reading:
    def __init__(self) -> None:
        self.sentences: list[Sentence] = []
        self.headings: list[Sentence] = []
        self.title = ""
        self._path: list[tuple[int, str, str]] = []
        self._block: _Block | None = None
        self._blocks = 0

    def take(self, number: int, line: str) -> None:
        heading = HEADING.match(line)
        item = ITEM.match(line)
        if heading:
            self.close()
            self._heading(number, len(heading[1]), plain(heading[2]))
        elif not line.strip() or set(line.strip()) <= set("-*_= "):
            self.close()
        elif item:
            self.close()
            self._block = _Block(number, True, item[1] or "", [item[2]])
        elif self._block is None:
            self._block = _Block(number, False, "", [line])
        else:
            self._block.lines.append(line)

    def _heading(self, number: int, depth: int, text: str) -> None:
        while self._path and self._path[-1][0] >= depth:
            self._path.pop()
        if depth == 1 and not self.title:
            self.title = text
        found = NUMBER.match(text)
        self._path.append((depth, found[1] if found else "", text))
        self._blocks += 1
        self.headings.append(Sentence(text, number, self._article(""), self._blocks, self._under()))

    def _article(self, own: str) -> str:
        """四.4, or the beginning of the nearest heading where nothing is numbered."""
        numbers = [number for _depth, number, _text in self._path if number] + ([own] if own else [])
        if numbers:
            return ".".join(numbers)
        return self._path[-1][2][:NAME_MOST] if self._path else ""

    def _under(self) -> str:
        """The headings above, without the title: that one stands above everything."""
        return " / ".join(text for depth, _number, text in self._path if depth > 1)

    def close(self) -> None:
        """The paragraph or item ends here."""
        block, self._block = self._block, None
        if block is None:
            return
        self._blocks += 1
        article, section = self._article(block.number), self._under()
        label = LABEL.match(block.lines[0].strip())
        joined, starts = _joined(block)
        for begin, text in _split(joined):
            line = next(number for start, number in reversed(starts) if start <= begin)
            name = plain(label[1]) if label else ""
            self.sentences.append(Sentence(plain(text), line, article, self._blocks, section, block.item, name))


def _joined(block: _Block) -> tuple[str, list[tuple[int, int]]]:
    """The block as one line, and where in it each line of the file begins."""
    joined, starts = "", []
    for offset, line in enumerate(block.lines):
        part = line.strip()
        if joined and part and (joined[-1].isascii() or part[0].isascii()):
            joined += " "
        starts.append((len(joined), block.line + offset))
        joined += part
    return joined, starts


def _split(text: str) -> Iterator[tuple[int, str]]:
    at = 0
    for part in SENTENCE_ENDS.split(text):
        begin = text.index(part, at)
        at = begin + len(part)
        if part.strip():
            yield begin + len(part) - len(part.lstrip()), part.strip()


def plain(text: str) -> str:
    """Without Markdown's marks; of a link its words."""
    return MARKS.sub(lambda found: found[1] or "", text).strip()
