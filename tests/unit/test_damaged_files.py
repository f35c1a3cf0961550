"""Whatever happens to a file that an editor keeps, it is read in full or refused with one `InputError`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shipped_tables import INCLUDE

from kabar.accounts import COLUMNS, read_accounts
from kabar.calendar import read_calendar
from kabar.channel_table import read_channels
from kabar.content import read_rules
from kabar.errors import InputError
from kabar.insights.catalogue import read_metrics
from kabar.officers import read_officers
from kabar.plan import plan
from kabar.satker import read_satker
from kabar.tonggak import read_patterns

SATKER = read_satker(INCLUDE / "satker.csv")
PATTERNS = read_patterns(INCLUDE / "tonggak.yaml")

ACCOUNTS = "\n".join(
    (
        ",".join(COLUMNS),
        "3204,facebook,101,Halaman uji,gladi,facebook_uji,,,ya",
        "3205,facebook,102,Halaman uji,nyata,facebook_uji,1/TEST/2024,2024-01-02,ya",
        "",
    )
).encode()

#: What slips into a file by typing, pasting, saving with another program, or malice.
SLIPS = st.sampled_from(
    [
        *(b": ", b"- ", b"{", b"}", b"[", b"]", b"'", b'"', b",", b";", b"#", b"|\n", b">\n", b"\n", b"  "),
        *(b"\t", b"\r", b"\r\n", b"\x00", b"\xff", b"\xef\xbb\xbf", b"\xe2\x80\x8b", b"\xc2\xa0"),
        *(b"&a ", b"*a", b"!!set ", b"<<: ", b"? ", b"---\n", b"...\n", b"%YAML 9.9\n", b"satker: []\n"),
        *(b"null", b"~", b"yes", b"1e400", b".nan", b"0x1F", b"9" * 30, b"12:30:45", b"WIT", b"mulai"),
        *(b"2024-02-30", b"2024-01-01T00:00:00"),
    ]
)
POSITIONS = st.floats(0, 1, exclude_max=True)

Change = Callable[[bytes], bytes]


def inserted(at: float, slip: bytes) -> Change:
    return lambda raw: raw[: int(at * len(raw))] + slip + raw[int(at * len(raw)) :]


def removed(at: float, length: int) -> Change:
    return lambda raw: raw[: int(at * len(raw))] + raw[int(at * len(raw)) + length :]


def overwritten(at: float, byte: int) -> Change:
    return lambda raw: raw[: int(at * len(raw))] + bytes([byte]) + raw[int(at * len(raw)) + 1 :]


def cut(at: float) -> Change:
    return lambda raw: raw[: int(at * len(raw))]


def lines_changed(first: float, second: float, how: str) -> Change:
    def change(raw: bytes) -> bytes:
        lines = raw.split(b"\n")
        here, there = int(first * len(lines)), int(second * len(lines))
        if how == "swapped":
            lines[here], lines[there] = lines[there], lines[here]
        elif how == "doubled":
            lines.insert(there, lines[here])
        elif how == "removed":
            del lines[here]
        else:
            lines[here] = b"  " + lines[here]
        return b"\n".join(lines)

    return change


def words_changed(first: float, second: float) -> Change:
    def change(raw: bytes) -> bytes:
        words = raw.split(b" ")
        words[int(first * len(words))] = words[int(second * len(words))]
        return b" ".join(words)

    return change


WAYS = st.sampled_from(["swapped", "doubled", "removed", "indented"])
CHANGES = st.lists(
    st.one_of(
        st.builds(inserted, POSITIONS, SLIPS),
        st.builds(removed, POSITIONS, st.sampled_from([1, 2, 10, 200])),
        st.builds(overwritten, POSITIONS, st.integers(0, 255)),
        st.builds(cut, POSITIONS),
        st.builds(
            lines_changed,
            POSITIONS,
            POSITIONS,
            st.sampled_from(["swapped", "doubled", "removed", "indented"]),
        ),
        st.builds(words_changed, POSITIONS, POSITIONS),
    ),
    min_size=1,
    max_size=3,
)

damaged = settings(
    max_examples=150,
    deadline=None,
    database=None,
    # Each example overwrites the one file in the folder that its test was given.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def read_or_refuse(path: Path, raw: bytes, changes: list[Change], read: Callable[[Path], object]) -> None:
    """Damage a file, read it, and check the error, if there is one; anything else goes through."""
    for change in changes:
        raw = change(raw) or b"\n"
    path.write_bytes(raw)
    error = refusal(path, read)
    if error is not None:
        assert error.file == path
        assert error.key
        assert error.remedy
        assert error.line is None or 1 <= error.line <= raw.count(b"\n") + raw.count(b"\r") + 1


def refusal(path: Path, read: Callable[[Path], object]) -> InputError | None:
    try:
        read(path)
    except InputError as error:
        return error
    return None


@damaged
@given(changes=CHANGES)
def test_a_damaged_list_of_satker(tmp_path: Path, changes: list[Change]) -> None:
    read_or_refuse(tmp_path / "satker.csv", (INCLUDE / "satker.csv").read_bytes(), changes, read_satker)


@damaged
@given(changes=CHANGES)
def test_a_damaged_table_of_patterns(tmp_path: Path, changes: list[Change]) -> None:
    read_or_refuse(tmp_path / "tonggak.yaml", (INCLUDE / "tonggak.yaml").read_bytes(), changes, read_patterns)


@pytest.mark.parametrize("name", sorted(path.name for path in (INCLUDE / "calendars").glob("*.yaml")))
@damaged
@given(changes=CHANGES)
def test_a_damaged_calendar(tmp_path: Path, name: str, changes: list[Change]) -> None:
    def read_and_plan(path: Path) -> None:
        calendar = read_calendar(path, satker=SATKER, patterns=PATTERNS.by_name)
        plan(calendar, SATKER[:3], ("facebook",), PATTERNS)

    read_or_refuse(tmp_path / name, (INCLUDE / "calendars" / name).read_bytes(), changes, read_and_plan)


@damaged
@given(changes=CHANGES)
def test_a_damaged_registry_of_accounts(tmp_path: Path, changes: list[Change]) -> None:
    read_or_refuse(tmp_path / "accounts.csv", ACCOUNTS, changes, lambda path: read_accounts(path, SATKER))


@damaged
@given(changes=CHANGES)
def test_a_damaged_table_of_channels(tmp_path: Path, changes: list[Change]) -> None:
    raw = (INCLUDE / "channels.yaml").read_bytes()
    read_or_refuse(tmp_path / "channels.yaml", raw, changes, read_channels)


@damaged
@given(changes=CHANGES)
def test_a_damaged_list_of_officers(tmp_path: Path, changes: list[Change]) -> None:
    raw = (INCLUDE / "officers.csv").read_bytes()
    read_or_refuse(tmp_path / "officers.csv", raw, changes, lambda path: read_officers(path, SATKER))


@damaged
@given(changes=CHANGES)
def test_damaged_rules(tmp_path: Path, changes: list[Change]) -> None:
    read_or_refuse(tmp_path / "rules.yaml", (INCLUDE / "rules.yaml").read_bytes(), changes, read_rules)


@damaged
@given(changes=CHANGES)
def test_a_damaged_catalogue_of_metrics(tmp_path: Path, changes: list[Change]) -> None:
    read_or_refuse(tmp_path / "metrics.yaml", (INCLUDE / "metrics.yaml").read_bytes(), changes, read_metrics)
