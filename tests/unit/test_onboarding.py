"""What an import makes of the registry: only what is sure or confirmed, and nothing that stands is lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pytest

from kabar.accounts import Account
from kabar.errors import RefusedError
from kabar.matching import match_pages
from kabar.onboarding import Taken, Use, read_confirmations, switch, take_over
from kabar.satker import Satker

BANDUNG = "KPU Kota Bandung"


def account(code: str = "3273", page: str = "1", **changed: object) -> Account:
    usual: dict[str, object] = {
        "satker_code": code,
        "channel": "facebook",
        "account_id": page,
        "name": BANDUNG,
        "use": "nyata",
        "connection": "graph",
        "decree": "1/TEST/2024",
        "decree_on": date(2024, 1, 2),
        "is_active": True,
    }
    return Account.model_validate(usual | changed)


class Import:
    """An import for a registry and some Pages."""

    def __init__(self, satker: tuple[Satker, ...]) -> None:
        self._satker = satker

    def __call__(
        self,
        pages: Mapping[str, str],
        *,
        registry: Sequence[Account] = (),
        confirmed: Mapping[str, str] | None = None,
        use: Use = "nyata",
    ) -> Taken:
        matching = match_pages(pages, self._satker)
        return take_over(registry, matching, confirmed=confirmed or {}, use=use, connection="graph_baru")


@pytest.fixture
def taken(satker: tuple[Satker, ...]) -> Import:
    return Import(satker)


def test_a_sure_page_enters_switched_off_and_without_a_decree(taken: Import) -> None:
    (row,) = taken({"1": BANDUNG}).added

    assert (row.satker_code, row.account_id, row.name, row.connection) == ("3273", "1", BANDUNG, "graph_baru")
    assert (row.decree, row.decree_on, row.is_active) == (None, None, False)


def test_a_rehearsals_page_needs_no_decree_to_be_active(taken: Import) -> None:
    (row,) = taken({"1": BANDUNG}, use="gladi").added

    assert (row.use, row.is_active) == ("gladi", True)


@pytest.mark.parametrize("name", ["kpu kota bandung", "KPU Bandung", "Warung Kopi"])
def test_what_is_not_sure_waits_for_a_person(taken: Import, name: str) -> None:
    found = taken({"1": name})

    assert found.accounts == ()
    assert [(match.page_id, bool(reason)) for match, reason in found.waiting] == [("1", True)]


@pytest.mark.parametrize("name", ["kpu kota bandung", "KPU Bandung", "Warung Kopi"])
def test_what_a_person_confirms_is_taken_over(taken: Import, name: str) -> None:
    (row,) = taken({"1": name}, confirmed={"3273": "1"}).added

    assert (row.satker_code, row.account_id, row.name, row.is_active) == ("3273", "1", name, False)


def test_a_name_with_unseen_characters_is_kept_as_an_editor_sees_it(taken: Import) -> None:
    (row,) = taken({"1": "KPU\u00a0Kota\u200b Bandung "}, confirmed={"3273": "1"}).added

    assert row.name == BANDUNG


def test_a_row_that_stands_keeps_its_decree_its_connection_and_whether_it_is_active(taken: Import) -> None:
    rows = [account(), account("3204", "2", name="KPU Kabupaten Bandung", is_active=False)]

    found = taken({"1": BANDUNG, "2": "KPU Kabupaten Bandung"}, registry=rows)

    assert sorted(found.accounts, key=lambda one: one.account_id) == rows
    assert (found.added, len(found.kept)) == ((), 2)


def test_a_row_takes_over_an_official_name_that_has_changed(taken: Import) -> None:
    (row,) = taken({"1": BANDUNG}, registry=[account(name="KPU Bandung")]).accounts

    assert row == account(name=BANDUNG)


def test_a_page_that_was_confirmed_once_need_not_be_confirmed_again(taken: Import) -> None:
    found = taken({"1": "Rumah Pemilih"}, registry=[account(name="Rumah Pemilih")])

    assert (len(found.kept), found.waiting) == (1, ())


def test_a_registered_page_that_now_bears_a_strange_name_is_shown_and_left_alone(taken: Import) -> None:
    found = taken({"1": "Warung Kopi"}, registry=[account()])

    assert found.accounts == (account(),)
    ((_, reason),) = found.waiting
    assert reason.startswith(f"the registry has it for 3273 under the name {BANDUNG}; ")


def test_a_row_whose_page_the_token_does_not_reach_stays(taken: Import) -> None:
    assert taken({}, registry=[account()]).accounts == (account(),)


def test_another_page_than_the_registered_one_waits_even_with_the_official_name(taken: Import) -> None:
    found = taken({"2": BANDUNG}, registry=[account()])

    assert found.accounts == (account(),)
    assert [reason for _, reason in found.waiting] == [
        "the registry has the Page 1 for 3273; its row goes first, with its decree"
    ]


def test_a_page_registered_for_rehearsals_does_not_become_a_real_one(taken: Import) -> None:
    row = account(use="gladi", decree=None, decree_on=None)

    found = taken({"1": BANDUNG}, registry=[row])

    assert found.accounts == (row,)
    assert "as a `gladi` account of 3273" in found.waiting[0][1]


def test_a_person_may_prefer_another_page_to_the_one_with_the_official_name(taken: Import) -> None:
    found = taken({"1": BANDUNG, "2": "kpu kota bandung"}, confirmed={"3273": "2"})

    assert [row.account_id for row in found.added] == ["2"]
    assert [(match.page_id, reason) for match, reason in found.waiting] == [
        ("1", "another Page was confirmed for its satker")
    ]


@pytest.mark.parametrize(
    ("confirmed", "says"),
    [
        pytest.param({"3273": "9"}, "does not reach this Page", id="a Page that is not there"),
        pytest.param({"3204": "1"}, "speaks for 3273", id="a Page that bears another's name"),
        pytest.param({"3205": "2"}, "the registry has this Page", id="a Page of another satker"),
        pytest.param({"3271": "3"}, "the registry has the Page 4", id="a satker that has another Page"),
    ],
)
def test_a_confirmation_that_contradicts_what_is_known_is_refused(
    taken: Import, confirmed: dict[str, str], says: str
) -> None:
    rows = [account("3204", "2"), account("3271", "4")]
    pages = {"1": BANDUNG, "2": "Rumah Pemilih", "3": "Warung Kopi"}

    with pytest.raises(RefusedError, match=says):
        taken(pages, registry=rows, confirmed=confirmed)


@pytest.mark.parametrize(
    ("pairs", "says"),
    [
        (["3273"], "write kode=page_id"),
        (["3273="], "write kode=page_id"),
        (["3299=1"], "no satker 3299"),
        (["3273=1", "3273=2"], "confirmed already"),
        (["3273=1", "3204=1"], "confirmed already"),
    ],
)
def test_a_confirmation_that_says_nothing_or_two_things_is_refused(
    satker: tuple[Satker, ...], pairs: list[str], says: str
) -> None:
    with pytest.raises(RefusedError, match=says):
        read_confirmations(pairs, satker)


def test_confirmations_are_read(satker: tuple[Satker, ...]) -> None:
    assert read_confirmations(["3273=1", " 00 = 2"], satker) == {"3273": "1", "00": "2"}


def test_offices_are_switched_on_in_groups() -> None:
    rows = [account(is_active=False), account("3204", "2", is_active=False), account("3271", "3")]

    after, changed = switch(rows, codes={"3273", "3271"}, use="nyata", is_active=True)

    assert [(row.satker_code, row.is_active) for row in after] == [
        ("3273", True),
        ("3204", False),
        ("3271", True),
    ]
    assert changed == 1


def test_switching_on_concerns_only_the_accounts_of_that_use() -> None:
    gladi = account("3273", "9", use="gladi", decree=None, decree_on=None, is_active=False)

    after, _ = switch([account(is_active=False), gladi], codes={"3273"}, use="nyata", is_active=True)

    assert [row.is_active for row in after] == [True, False]


def test_nobody_of_a_group_is_switched_on_while_one_has_no_decree() -> None:
    rows = [account(is_active=False), account("3204", "2", decree=None, decree_on=None, is_active=False)]

    with pytest.raises(RefusedError, match="No decree stands in the registry for 3204"):
        switch(rows, codes={"3273", "3204"}, use="nyata", is_active=True)


def test_switching_nobody_is_refused() -> None:
    with pytest.raises(RefusedError, match="no `nyata` account"):
        switch([account()], codes={"3204"}, use="nyata", is_active=False)
