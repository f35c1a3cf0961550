"""What every file of the house keeps to, whatever a linter is told to overlook."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import get_args

from source import DAGS, OURS, PACKAGE, PLUGIN_FILE, TESTS, Module

from kabar.posting import states
from kabar.store.database import HERE

LONGEST_MODULE = 250
NAMES_THAT_SAY_NOTHING = {"util", "utils", "helper", "helpers", "common", "base", "misc"}
#: Rooms in which the clock may be asked: where a task, a page, a command or the stand-in begins.
ASK_THE_CLOCK = {"orchestration", "desk", "local", "sandbox"}

SQL = re.compile(
    r"^\s*(select\s.+\bfrom\b|select\s+\w+\(|insert\s+(or\s+\w+\s+)?into\s|update\s+\S+\s+set\s|delete\s+from\s|with\s+\w+\s+as\s*\(|"
    r"(create|alter|drop|truncate)\s+(table|index|schema|database|role|temporary)\b|(listen|notify|copy)\s+\w)",
    re.IGNORECASE | re.DOTALL,
)
#: Statements for which PostgreSQL takes no parameters, or that come before there is a database of ours: each
#: with its module. The stand-in of the platforms, too, keeps its own memory, in a SQLite file.
SQL_BY_NAME = {
    ("kabar.store.notices", "listen kabar_decision"),
    ("kabar.store.drafts", "copy fresh_draft"),
    ("kabar.store.amendments", "copy amending"),
    ("kabar.local.postgres", "select 1 from pg_database"),
    ("kabar.local.postgres", "create database"),
}


def test_no_module_is_longer_than_a_reader_can_hold() -> None:
    lengths = {module.name: len(module.text.splitlines()) for module in OURS}

    assert {name: length for name, length in lengths.items() if length > LONGEST_MODULE} == {}


def test_no_module_has_a_name_that_says_nothing() -> None:
    names = [module.name for module in [*OURS, *TESTS]]

    assert [name for name in names if not NAMES_THAT_SAY_NOTHING.isdisjoint(name.split("."))] == []


def handlers(module: Module) -> Iterator[tuple[ast.ExceptHandler, set[str]]]:
    """Every `except` with the names that it catches; a bare one catches `BaseException`."""
    for node in module.nodes():
        if isinstance(node, ast.ExceptHandler):
            caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            yield node, {ast.unparse(one) if one else "BaseException" for one in caught}


def test_no_except_catches_everything() -> None:
    found = [(module.at(node), caught) for module in OURS for node, caught in handlers(module)]

    assert len(found) > 50
    assert [place for place, caught in found if caught & {"Exception", "BaseException"}] == []


def clock_calls(module: Module) -> Iterator[tuple[ast.Call, str]]:
    """Every question for the time of day, by the name of the question."""
    for node in module.nodes():
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        whose = ast.unparse(node.func.value)
        if whose in {"datetime", "date", "datetime.datetime", "datetime.date", "pendulum", "timezone"}:
            if node.func.attr in {"now", "utcnow", "today", "fromtimestamp", "utcfromtimestamp"}:
                yield node, node.func.attr
        elif whose == "time" and node.func.attr in {"time", "localtime", "gmtime"}:
            yield node, node.func.attr


def test_every_time_has_a_zone() -> None:
    calls = [(module.at(call), call, question) for module in OURS for call, question in clock_calls(module)]

    assert calls
    assert [
        place
        for place, call, question in calls
        if question in {"utcnow", "today", "utcfromtimestamp", "localtime", "gmtime"}
        or (question == "now" and not call.args and not call.keywords)
        or (question == "fromtimestamp" and len(call.args) + len(call.keywords) < 2)
    ] == []


def test_the_domain_never_asks_the_clock() -> None:
    assert [
        module.at(call)
        for module in PACKAGE
        if module.room not in ASK_THE_CLOCK
        for call, question in clock_calls(module)
        if question != "fromtimestamp"
    ] == []


def strings(module: Module) -> Iterator[tuple[str, ast.expr]]:
    """Every text in the code that is no docstring; the parts of an f-string together."""
    docstrings = {
        id(node.body[0].value)
        for node in module.nodes()
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    inside = {
        id(part) for node in module.nodes() if isinstance(node, ast.JoinedStr) for part in ast.walk(node)
    }
    for node in module.nodes():
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(p.value) if isinstance(p, ast.Constant) else "x" for p in node.values), node
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in docstrings | inside
        ):
            yield node.value, node


def statements(module: Module) -> Iterator[tuple[str, str]]:
    """Every text in a module that begins as a statement of SQL does, in small letters, with its place."""
    for text, node in strings(module):
        if SQL.match(text):
            yield module.at(node), " ".join(text.lower().split())


def test_sql_stands_in_sql_files() -> None:
    wrong = [
        f"{place} {text[:60]!r}"
        for module in [*PACKAGE, PLUGIN_FILE, *DAGS]
        if module.name != "kabar.sandbox.journal"
        for place, text in statements(module)
        if not any(module.name == name and text.startswith(words) for name, words in SQL_BY_NAME)
    ]

    assert wrong == []


def test_the_exceptions_from_that_rule_are_still_needed() -> None:
    found = {(module.name, text) for module in PACKAGE for _, text in statements(module)}

    assert [
        (name, words)
        for name, words in SQL_BY_NAME
        if not any(name == module and text.startswith(words) for module, text in found)
    ] == []
    assert "kabar.sandbox.journal" in {module for module, _ in found}


def states_of_the_schema() -> set[str]:
    schema = (HERE / "schema.sql").read_text(encoding="utf-8")
    found = re.search(r"state text not null default 'planned' check \(state in \(([^)]*)\)\)", schema)
    assert found is not None
    return set(re.findall(r"'(\w+)'", found.group(1)))


def test_the_state_machine_is_the_one_of_the_schema() -> None:
    assert set(get_args(states.State)) == states_of_the_schema()


def test_the_drawing_of_the_state_machine_names_every_state() -> None:
    assert {state for state in states_of_the_schema() if state not in (states.__doc__ or "")} == set()
