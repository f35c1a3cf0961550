"""The package as text and as syntax trees, for the rules that hold for all of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from kabar.settings import REPOSITORY

PLUGINS = REPOSITORY / "plugins"


@dataclass(frozen=True)
class Module:
    """One Python file."""

    name: str
    path: Path

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def room(self) -> str:
        """`content` of `kabar.content.rules`, `plan` of `kabar.plan`."""
        return self.name.split(".")[1] if "." in self.name else self.name

    def nodes(self) -> Iterator[ast.AST]:
        return ast.walk(self.tree)

    def imports(self) -> Iterator[tuple[str, int]]:
        """Every module that the file imports, with its line; `from a import b` gives `a.b`."""
        for node in self.nodes():
            if isinstance(node, ast.Import):
                yield from ((alias.name, node.lineno) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{self.name}:{node.lineno}: relative imports hide the room."
                yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)

    def at(self, node: ast.stmt | ast.expr | ast.excepthandler) -> str:
        """Where a reader finds a node."""
        return f"{self.path.relative_to(REPOSITORY)}:{node.lineno}"


def _module(path: Path, root: Path) -> Module:
    parts = path.relative_to(root).with_suffix("").parts
    return Module(".".join(part for part in parts if part != "__init__"), path)


#: The package, without what Alembic loads by path.
PACKAGE = [
    _module(path, PLUGINS)
    for path in sorted((PLUGINS / "kabar").rglob("*.py"))
    if "migrations" not in path.parts
]
DAGS = [_module(path, REPOSITORY) for path in sorted((REPOSITORY / "dags").glob("*.py"))]
TESTS = [_module(path, REPOSITORY) for path in sorted((REPOSITORY / "tests").rglob("*.py"))]
PLUGIN_FILE = _module(PLUGINS / "kabar_plugin.py", PLUGINS)
MIGRATIONS = [
    _module(path, PLUGINS) for path in sorted((PLUGINS / "kabar" / "store" / "migrations").rglob("*.py"))
]
OURS = [*PACKAGE, *MIGRATIONS, PLUGIN_FILE, *DAGS]
