from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from psycopg import Connection as Listener

from desk.conftest import Visit
from desk.seeding import form_of
from kabar.desk.desk import Desk
from kabar.store import posts, remedies, withdrawals
from kabar.store.database import Database
from kabar.store.drafts import save_drafts
from ledger import change, decide, fresh, open_package, save_page

REASON = "Jam layanan keliru."
WRONG, TRUTH = "Jam layanan pukul 07.00 WIB.", "Jam layanan pukul 08.00 WIB."


def publish(db: Database, codes: Sequence[str] = ("3204", "3273"), **facts: str) -> list[int]:
    """A package of which every post stands; gives the numbers of the posts."""
    package_id = drafted_with(db, codes, facts)
    decide(db, package_id)
    change(
        db,
        "update kabar.post set state = 'published', platform_id = '10_' || id, changed_by = 'worker-1',"
        " published_at = now(), reason = 'the platform named the post in its answer',"
        " permalink = 'https://www.facebook.com/10/posts/' || id"
        " where state = 'approved' and draft_id in (select id from kabar.draft where package_id = %s)",
        package_id,
    )
    with db.connection() as connection:
        rows = connection.execute(
            "select p.id from kabar.post p join kabar.draft d on d.id = p.draft_id"
            " where d.package_id = %s order by p.id",
            (package_id,),
        ).fetchall()
    return [row["id"] for row in rows]


def drafted_with(db: Database, codes: Sequence[str], facts: dict[str, str]) -> int:
    accounts = {code: save_page(db, code) for code in codes}
    tonggak = f"pendaftaran-paslon|H{len(facts) or ''}"
    with db.connection() as connection:
        package_id = open_package(connection, tonggak="pendaftaran-paslon|H" if not facts else tonggak)
        made = []
        for code in codes:
            draft = fresh(code, accounts[code])
            known = {**draft.wording.facts, **facts}
            made.append(replace(draft, wording=replace(draft.wording, facts=known)))
        save_drafts(connection, package_id, made)
    return package_id


def remedy_form(desk: Desk, username: str, numbers: Sequence[int], **fields: object) -> dict[str, Any]:
    usual = {"action": "withdraw", "reason": REASON, "posts": " ".join(str(number) for number in numbers)}
    return form_of(desk, username, **(usual | fields))


def table(db: Database, statement: str) -> list[dict[str, Any]]:
    with db.connection() as connection:
        return connection.execute(statement).fetchall()


def states(db: Database) -> dict[int, str]:
    return {row["id"]: row["state"] for row in table(db, "select id, state from kabar.post")}


def test_a_decision_puts_every_post_to_be_taken_down_at_once(
    db: Database, desk: Desk, as_officer: Visit
) -> None:
    numbers = publish(db)
    humas = as_officer("humas_ri")

    answer = humas.post("/ralat?tahapan=pendaftaran-paslon", data=remedy_form(desk, "humas_ri", numbers))

    assert answer.status_code == 303
    assert "2 kiriman sedang ditarik." in humas.get(answer.headers["location"]).text
    assert [row["post_id"] for row in table(db, "select * from kabar.withdrawal order by post_id")] == numbers
    (decision,) = table(db, "select * from kabar.remedy")
    assert (decision["officer"], decision["reason"], decision["action"]) == ("humas_ri", REASON, "withdraw")
    assert decision["chosen_by"] == "tahapan pendaftaran-paslon ()"


def test_the_decision_wakes_whoever_takes_down(
    db: Database, database_url: str, desk: Desk, as_officer: Visit
) -> None:
    numbers = publish(db)
    with Listener.connect(database_url, autocommit=True) as listener:
        listener.execute("listen kabar_decision")
        as_officer("humas_ri").post("/ralat?kiriman=1", data=remedy_form(desk, "humas_ri", numbers))

        assert [notice.payload for notice in listener.notifies(timeout=5, stop_after=1)] == ["remedy"]


def test_a_double_click_is_one_decision(db: Database, desk: Desk, as_officer: Visit) -> None:
    form = remedy_form(desk, "humas_ri", publish(db), action="replace", wrong=WRONG, truth=TRUTH)
    humas = as_officer("humas_ri")
    humas.post("/ralat?kiriman=1", data=form)

    again = humas.post("/ralat?kiriman=1", data=form)

    assert "Keputusan ini sudah tercatat." in humas.get(again.headers["location"]).text
    assert len(table(db, "select 1 from kabar.remedy")) == 1
    assert len(table(db, "select 1 from kabar.withdrawal")) == 2
    assert len(table(db, "select 1 from kabar.correction")) == 2


def test_a_post_is_taken_down_by_one_decision_at_a_time(db: Database, desk: Desk, as_officer: Visit) -> None:
    numbers = publish(db)
    humas = as_officer("humas_ri")
    humas.post("/ralat?kiriman=1", data=remedy_form(desk, "humas_ri", numbers[:1]))

    answer = humas.post("/ralat?kiriman=1", data=remedy_form(desk, "humas_ri", numbers))

    page = humas.get(answer.headers["location"]).text
    assert "1 kiriman sedang ditarik." in page
    assert "1 kiriman dilewati: sudah dalam penarikan." in page


@pytest.mark.parametrize(
    ("username", "fields", "status"),
    [
        ("pengawas_ri", {}, 303),
        ("penyusun_ri", {}, 303),
        ("humas_ri", {"reason": "  "}, 422),
        ("humas_ri", {"action": "correct", "wrong": WRONG}, 422),
        ("humas_ri", {"action": "replace", "truth": TRUTH}, 422),
        ("humas_ri", {"action": "destroy"}, 422),
        ("humas_ri", {"posts": "1; drop"}, 422),
        ("humas_ri", {"form_token": "bukan"}, 403),
    ],
)
def test_a_decision_that_cannot_stand_changes_nothing(
    db: Database, desk: Desk, as_officer: Visit, username: str, fields: dict[str, object], status: int
) -> None:
    form = remedy_form(desk, username, publish(db), **fields)

    answer = as_officer(username).post("/ralat?kiriman=1", data=form)

    assert answer.status_code == status
    assert table(db, "select 1 from kabar.remedy") == []


def test_posts_outside_the_scope_are_skipped_and_cannot_be_looked_at(
    db: Database, desk: Desk, as_officer: Visit
) -> None:
    ours, theirs = publish(db, ["3204"]), publish(db, ["1101"], jam="pukul 07.00")
    humas = as_officer("humas_32")

    answer = humas.post("/ralat?kiriman=1", data=remedy_form(desk, "humas_32", [*ours, *theirs]))

    assert "1 kiriman dilewati: satkernya berada di luar lingkup Anda." in (
        humas.get(answer.headers["location"]).text
    )
    assert [row["post_id"] for row in table(db, "select post_id from kabar.withdrawal")] == ours
    assert humas.get(f"/ralat?kiriman={theirs[0]}").status_code == 404
    assert "KPU Kabupaten Bandung" in humas.get("/setelah-terbit").text
    assert "Aceh" not in humas.get("/setelah-terbit").text


def test_a_correction_waits_as_a_draft_of_its_own_that_its_author_cannot_approve(
    db: Database, desk: Desk, as_officer: Visit
) -> None:
    numbers = publish(db)
    form = remedy_form(desk, "humas_ri", numbers, action="correct", wrong=WRONG, truth=TRUTH)

    as_officer("humas_ri").post("/ralat?kiriman=1", data=form)

    found = table(
        db,
        "select v.message, v.author, v.findings, v.facts, k.title, k.kind, k.tonggak, p.state, c.post_id,"
        " k.late_delay_seconds, d.publish_at, k.rehearsal_id is not null as is_rehearsal"
        " from kabar.correction c join kabar.draft d on d.id = c.draft_id"
        " join kabar.draft_version v on v.draft_id = d.id join kabar.package k on k.id = d.package_id"
        " join kabar.post p on p.draft_id = d.id order by c.post_id",
    )
    assert [row["post_id"] for row in found] == numbers
    first = found[0]
    assert WRONG in first["message"]
    assert TRUTH in first["message"]
    assert "KPU Kabupaten Bandung" in first["message"]
    assert (first["author"], first["state"], first["kind"]) == ("humas_ri", "planned", "ralat")
    assert (first["title"], first["tonggak"]) == (
        "Ralat: Pendaftaran pasangan calon",
        "pendaftaran-paslon|H~ralat1",
    )
    assert first["late_delay_seconds"] == 0
    assert first["is_rehearsal"] is True
    assert [finding for finding in first["findings"] if finding["severity"] == "block"] == []
    assert table(db, "select 1 from kabar.withdrawal") == []
    assert set(states(db).values()) == {"published", "planned"}
    package_id = table(db, "select max(id) as id from kabar.package")[0]["id"]
    own = decide(db, package_id, officer=desk.tables().officers["humas_ri"])
    assert {getattr(one, "why", None) for one in own} == {"own_words"}


def test_the_correction_of_a_manual_card_is_a_manual_card(
    db: Database, desk: Desk, as_officer: Visit
) -> None:
    numbers = publish(db)
    with db.connection() as connection:
        connection.execute("update kabar.draft set by_hand = true, channel = 'tiktok'")
    form = remedy_form(desk, "humas_ri", numbers, action="correct", wrong=WRONG, truth=TRUTH)

    as_officer("humas_ri").post("/ralat?kiriman=1", data=form)
    package_id = table(db, "select max(id) as id from kabar.package")[0]["id"]
    decide(db, package_id, officer=desk.tables().officers["humas_32"])

    found = table(db, f"select by_hand from kabar.draft where package_id = {package_id}")  # noqa: S608 -- A number.
    assert [row["by_hand"] for row in found] == [True] * len(numbers)
    with db.connection() as connection:
        # A person has to act, so no worker is called for it, again and again.
        assert withdrawals.due_corrections(connection) == []
        assert not withdrawals.standing(connection).is_due


def test_a_correction_is_approved_by_another_officer_and_is_due_at_once(
    db: Database, desk: Desk, as_officer: Visit
) -> None:
    form = remedy_form(desk, "humas_ri", publish(db), action="correct", wrong=WRONG, truth=TRUTH)
    as_officer("humas_ri").post("/ralat?kiriman=1", data=form)
    package_id = table(db, "select max(id) as id from kabar.package")[0]["id"]

    decide(db, package_id, officer=desk.tables().officers["humas_32"])

    with db.connection() as connection:
        assert len(posts.due(connection, package_id=package_id)) == 2


def test_a_second_correction_waits_until_the_first_has_ended(
    db: Database, desk: Desk, as_officer: Visit
) -> None:
    numbers = publish(db, ["3204"])
    humas = as_officer("humas_ri")
    words = {"action": "correct", "wrong": WRONG, "truth": TRUTH}
    humas.post("/ralat?kiriman=1", data=remedy_form(desk, "humas_ri", numbers, **words))

    humas.post("/ralat?kiriman=1", data=remedy_form(desk, "humas_ri", numbers, **words))
    assert len(table(db, "select 1 from kabar.correction")) == 1

    change(db, "update kabar.post set state = 'refused', reason = 'keliru lagi' where state = 'planned'")
    humas.post("/ralat?kiriman=1", data=remedy_form(desk, "humas_ri", numbers, **words))
    assert len(table(db, "select 1 from kabar.correction")) == 2


def test_posts_of_several_tonggak_of_a_stage_get_a_package_each(
    db: Database, desk: Desk, as_officer: Visit
) -> None:
    numbers = publish(db) + publish(db, jam="pukul 07.00 WIB")
    humas = as_officer("humas_ri")
    assert f">{len(numbers)} kiriman?" in humas.get("/ralat?tahapan=pendaftaran-paslon").text.replace(
        "ralat ", ">"
    )

    humas.post(
        "/ralat?tahapan=pendaftaran-paslon",
        data=remedy_form(desk, "humas_ri", numbers, action="correct", wrong=WRONG, truth=TRUTH),
    )

    kinds = [row["kind"] for row in table(db, "select kind from kabar.package order by id")]
    assert kinds == ["pengumuman", "pengumuman", "ralat", "ralat"]


def test_every_post_that_carries_a_wrong_fact_is_found_and_no_other(db: Database, as_officer: Visit) -> None:
    publish(db, ["3204"])
    wrong = publish(db, ["3273", "1101"], jam_layanan="pukul 07.00 sampai 13.00 WIB")
    humas = as_officer("humas_ri")

    choice = humas.get("/ralat/pilih?fakta=jam_layanan").text
    page = humas.get("/ralat?fakta=jam_layanan&nilai=pukul 07.00 sampai 13.00 WIB").text

    assert "(2 kiriman)" in choice
    assert "fakta=jam_layanan&amp;nilai=pukul+07.00+sampai+13.00+WIB" in choice
    assert f'value="{" ".join(str(number) for number in sorted(wrong, reverse=True))}"' in page
    assert "Jam layanan: pukul 07.00 sampai 13.00 WIB" in page


def test_posts_are_found_by_the_version_of_their_template(db: Database, as_officer: Visit) -> None:
    publish(db)
    humas = as_officer("humas_ri")

    assert "pengumuman/facebook.j2 (versi 000000000000)" in humas.get("/ralat/pilih").text
    assert "Tarik atau ralat 2 kiriman?" in humas.get(f"/ralat?templat={'0' * 64}").text


def test_no_choice_is_not_every_post(db: Database, as_officer: Visit) -> None:
    publish(db)

    assert as_officer("humas_ri").get("/ralat").status_code == 422


def test_a_post_that_was_not_found_again_asks_for_an_answer(db: Database, as_officer: Visit) -> None:
    numbers = publish(db)
    with db.connection() as connection:
        posts.record_missing(connection, numbers[:1])
    humas = as_officer("humas_ri")

    page = humas.get("/setelah-terbit?keadaan=hilang").text

    assert f'id="kt{numbers[0]}"' in page
    assert f'id="kt{numbers[1]}"' not in page
    assert "tidak terlihat lagi di akunnya" in page


def leave_by_hand(db: Database, desk: Desk, as_officer: Visit) -> int:
    """A withdrawal that the machine has left to a person."""
    as_officer("humas_ri").post("/ralat?kiriman=1", data=remedy_form(desk, "humas_ri", publish(db, ["3204"])))
    change(
        db,
        "update kabar.withdrawal set state = 'manual', attempts = 1,"
        " said = 'Nothing is taken down on telegram by machine.'",
    )
    return int(table(db, "select id from kabar.withdrawal")[0]["id"])


def test_what_a_hand_has_taken_down_is_withdrawn_with_what_was_seen(
    db: Database, desk: Desk, as_officer: Visit
) -> None:
    number = leave_by_hand(db, desk, as_officer)
    humas = as_officer("humas_3204")
    assert "kiriman di telegram tidak dapat dihapus sistem" in humas.get("/setelah-terbit").text

    humas.post(f"/tarik/{number}", data=form_of(desk, "humas_3204", answer="gone", said="Sudah tidak ada."))

    (post,) = table(db, "select * from kabar.post")
    assert (post["state"], post["changed_by"], post["reason"]) == (
        "withdrawn",
        "humas_3204",
        f"withdrawn: {REASON}",
    )
    assert post["evidence"][-1]["said"] == "Sudah tidak ada."
    assert "Perlu dihapus dengan tangan" not in humas.get("/setelah-terbit").text
    assert f"ditarik: {REASON}" in humas.get("/setelah-terbit").text


def test_the_machine_may_be_asked_to_try_again(db: Database, desk: Desk, as_officer: Visit) -> None:
    number = leave_by_hand(db, desk, as_officer)

    as_officer("humas_3204").post(f"/tarik/{number}", data=form_of(desk, "humas_3204", answer="again"))

    (row,) = table(db, "select state, attempts from kabar.withdrawal")
    assert row == {"state": "waiting", "attempts": 0}


@pytest.mark.parametrize(
    ("username", "fields", "status"),
    [
        ("humas_3204", {"answer": "gone", "said": " "}, 422),
        ("pengawas_ri", {"answer": "gone", "said": "Ada"}, 403),
        ("humas_ri", {"answer": "maybe"}, 422),
    ],
)
def test_a_hand_that_may_not_answer_changes_nothing(
    db: Database, desk: Desk, as_officer: Visit, username: str, fields: dict[str, object], status: int
) -> None:
    number = leave_by_hand(db, desk, as_officer)

    answer = as_officer(username).post(f"/tarik/{number}", data=form_of(desk, username, **fields))

    assert answer.status_code == status
    assert table(db, "select state from kabar.withdrawal") == [{"state": "manual"}]


def test_a_task_that_is_done_is_answered_once(db: Database, desk: Desk, as_officer: Visit) -> None:
    number = leave_by_hand(db, desk, as_officer)
    form = form_of(desk, "humas_ri", answer="gone", said="Sudah tidak ada.")
    humas = as_officer("humas_ri")
    humas.post(f"/tarik/{number}", data=form)

    assert humas.post(f"/tarik/{number}", data=form).status_code == 409


def test_the_draft_of_a_correction_names_the_post_that_it_corrects(
    db: Database, desk: Desk, as_officer: Visit
) -> None:
    numbers = publish(db, ["3204"])
    humas = as_officer("humas_ri")
    words = {"action": "correct", "wrong": WRONG, "truth": TRUTH, "request_key": str(uuid4())}
    humas.post("/ralat?kiriman=1", data=remedy_form(desk, "humas_ri", numbers, **words))

    assert f'meralat kiriman <a href="/draf/1">kt{numbers[0]}</a>' in humas.get("/draf/2").text
    assert f"/ralat?kiriman={numbers[0]}" in humas.get("/draf/1").text


def test_a_machine_is_answered_with_counts(db: Database, desk: Desk, as_officer: Visit) -> None:
    numbers = publish(db)
    humas = as_officer("humas_ri")
    form = remedy_form(desk, "humas_ri", numbers)

    first = humas.post("/ralat?kiriman=1", data=form, headers={"accept": "application/json"})
    second = humas.post(
        "/ralat?kiriman=1",
        data=remedy_form(desk, "humas_ri", numbers),
        headers={"accept": "application/json"},
    )

    assert (first.status_code, first.json()["withdrawn"]) == (200, 2)
    assert (second.status_code, second.json()["obstacles"]) == (409, {"under_way": 2})


def test_the_moment_of_a_correction_decides_whether_it_is_masa_tenang(desk: Desk, db: Database) -> None:
    publish(db, ["3204"])
    with db.connection() as connection:
        (post,) = remedies.lock(connection, [1])
    real = replace(post, rehearsal_id=None)
    quiet = datetime(2024, 11, 25, 3, tzinfo=UTC)
    early = datetime(2024, 8, 27, 3, tzinfo=UTC)

    facts = [
        desk.correct([real], wrong="a", truth="b", now=now)[post.post_id].facts for now in (quiet, early)
    ]

    assert [one["masa_tenang"] for one in facts] == ["ya", "tidak"]
