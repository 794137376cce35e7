"""Which texts the product shows, read from its own source: templates by Jinja's parser, Python by its own.

In Python a text is a string that reads like a sentence and is no docstring and no message of an exception or of the log. In the
modules that hold nothing but words (`WORD_MODULES`), every value is a text, whatever it looks like.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from jinja2.ext import babel_extract

ROOT = Path(__file__).resolve().parent.parent
WORD_MODULES = frozenset({"words.py", "texts.py", "letter_texts.py", "rights_texts.py"})
SENTENCE = re.compile(r"(?=.* )(?!.*\w=\w)[A-Z][A-Za-z’'-]*[ ,:]? .*", re.DOTALL)
LOGGED = frozenset({"debug", "info", "warning", "error", "exception", "critical"})
OPTIONS = {"extensions": "jinja2.ext.i18n,jinja2.ext.do", "trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}


def of_templates(folder: Path) -> Iterator[str]:
    """The ids in `_()`, `gettext` and `ngettext` of every template below a folder."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".html", ".txt", ".typ", ".j2"):
            with path.open("rb") as file:
                for _line, _function, message, _comments in babel_extract(file, ("_", "gettext", "ngettext"), [], OPTIONS):
                    yield message if isinstance(message, str) else message[0]


def of_python(*paths: Path) -> Iterator[str]:
    """The texts in Python files."""
    for path in paths:
        reader = _Reader(words=path.name in WORD_MODULES)
        reader.visit(ast.parse(path.read_text(encoding="utf-8")))
        yield from reader.found


class _Reader(ast.NodeVisitor):
    def __init__(self, *, words: bool) -> None:
        self.words = words
        self.found: list[str] = []

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):  # a string that stands alone is a docstring
            self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> None:
        """For developers."""

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """For machines: texts are whole, with {names} in them."""

    def visit_Subscript(self, node: ast.Subscript) -> None:
        """A key, or an annotation."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        words, self.words = self.words, False  # codes are looked up in there
        self.generic_visit(node)
        self.words = words

    def visit_Dict(self, node: ast.Dict) -> None:
        for value in node.values:  # keys are codes
            self.visit(value)

    def visit_Call(self, node: ast.Call) -> None:
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name not in LOGGED:
            self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and (self.words or SENTENCE.fullmatch(node.value)) and re.search("[a-z]", node.value):
            self.found.append(node.value)
