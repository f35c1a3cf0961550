from __future__ import annotations

from pathlib import Path

import pytest
from writing import Find, Write

from kabar.calendar import Calendar
from kabar.content import content_hash, render
from kabar.content.facts import facts_of
from kabar.errors import InputError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one template for reminders, which an editor then changes."""
    (tmp_path / "pengingat").mkdir()
    (tmp_path / "pengingat" / "facebook.j2").write_text("{{ satker }}: {{ sisa_selesai }}", encoding="utf-8")
    return tmp_path


def test_a_message_names_satker_day_zone_law_and_link(write: Write) -> None:
    text = write("pemungutan-suara|H.0600")
    facts = ("KPU Kabupaten Pegunungan Bintang", "Rabu, 27 November 2024", "pukul 07.00 sampai 13.00 WIT")
    for fact in (*facts, "Peraturan KPU Nomor 2 Tahun 2024", "https://www.kpu.go.id"):
        assert fact in text.message


def test_hashtags_stand_apart_and_come_last(write: Write) -> None:
    text = write("coklit|H")
    assert text.hashtags == ("#KPUMelayani", "#TemanPemilih", "#PilkadaSerentak2024")
    assert "#" not in text.message
    assert text.posted.endswith("\n\n#KPUMelayani #TemanPemilih #PilkadaSerentak2024")


def test_hashtags_of_pilkada_do_not_appear_in_another_election(write: Write) -> None:
    assert write("masa-tenang|H.0800", calendar="pemilu-2024").hashtags == ("#KPUMelayani", "#TemanPemilih")


def test_in_aceh_the_satker_is_a_kip(write: Write) -> None:
    message = write("penetapan-dps|H-1", "1101").message
    assert "KIP Kabupaten Aceh Selatan" in message
    assert "KPU Kabupaten" not in message


@pytest.mark.parametrize(
    ("code", "office"),
    [
        ("51", "gubernur dan wakil gubernur"),
        ("9502", "bupati dan wakil bupati"),
        ("7171", "wali kota dan wakil wali kota"),
    ],
)
def test_each_satker_registers_only_the_candidates_of_its_own_election(
    write: Write, code: str, office: str
) -> None:
    assert f"pendaftaran pasangan calon {office}." in write("pendaftaran-paslon|H", code).message


@pytest.mark.parametrize("key", ["penetapan-paslon|H-1", "penetapan-paslon|H", "pengundian-nomor-urut|H"])
def test_a_stage_of_one_day_has_no_period(write: Write, key: str) -> None:
    assert "sampai" not in write(key).message


def test_kpu_ri_speaks_of_local_time(write: Write) -> None:
    assert "pukul 07.00 sampai 13.00 waktu setempat" in write("pemungutan-suara|H-30", "00").message


def test_a_rule_that_nobody_confirmed_is_not_printed(write: Write, calendars: dict[str, Calendar]) -> None:
    statuses = {basis.status for basis in calendars["pilkada-2024"].stage("coklit").legal_basis}
    assert statuses == {"ingatan"}
    assert write("coklit|H").facts["dasar"] == "Peraturan KPU Nomor 2 Tahun 2024"


def test_a_closing_message_names_what_comes_next(write: Write) -> None:
    message = write("penetapan-paslon|akhir+1").message
    assert (
        "Tahapan berikutnya: pengundian nomor urut pasangan calon, pada Senin, 23 September 2024." in message
    )


def test_the_dated_stages_of_a_revote_share_their_words(write: Write) -> None:
    text = write("pemungutan-suara-ulang-2025-03-22|H", "1408", "psu-2025")
    assert "Gunakan hak pilihmu bila" in text.message


def test_masa_tenang_lasts_from_its_first_to_its_last_day(find: Find, calendars: dict[str, Calendar]) -> None:
    keys = ("masa-tenang|H-1", "masa-tenang|H.0800", "masa-tenang|akhir", "pemungutan-suara|H.0600")
    quiet = [facts_of(find(key), calendars["pilkada-2024"])["masa_tenang"] for key in keys]
    assert quiet == [False, True, True, False]


def test_the_template_of_a_stage_comes_before_that_of_its_kind(
    find: Find, calendars: dict[str, Calendar], folder: Path
) -> None:
    (folder / "coklit").mkdir()
    (folder / "coklit" / "pengingat.facebook.j2").write_text("Coklit", encoding="utf-8")
    texts = [
        render(find(key), calendar=calendars["pilkada-2024"], templates=folder)
        for key in ("coklit|akhir-1", "kampanye|akhir-1")
    ]
    assert [text.template for text in texts] == ["coklit/pengingat.facebook.j2", "pengingat/facebook.j2"]


def test_an_edited_template_speaks_at_once(find: Find, calendars: dict[str, Calendar], folder: Path) -> None:
    before = render(find("coklit|akhir-1"), calendar=calendars["pilkada-2024"], templates=folder)
    (folder / "pengingat" / "facebook.j2").write_text("Baru: {{ satker }}", encoding="utf-8")
    after = render(find("coklit|akhir-1"), calendar=calendars["pilkada-2024"], templates=folder)
    assert (before.message, after.message) == (
        "KPU Kabupaten Pegunungan Bintang: besok",
        "Baru: KPU Kabupaten Pegunungan Bintang",
    )
    assert before.template_hash != after.template_hash


def test_a_template_that_a_stage_gets_later_is_found(
    find: Find, calendars: dict[str, Calendar], folder: Path
) -> None:
    render(find("coklit|akhir-1"), calendar=calendars["pilkada-2024"], templates=folder)
    (folder / "coklit").mkdir()
    (folder / "coklit" / "pengingat.facebook.j2").write_text("Coklit", encoding="utf-8")
    text = render(find("coklit|akhir-1"), calendar=calendars["pilkada-2024"], templates=folder)
    assert text.message == "Coklit"


def test_a_channel_without_a_template_is_an_input_error(
    find: Find, calendars: dict[str, Calendar], folder: Path
) -> None:
    obligation = find("coklit|akhir-1")._replace(channel="telegram")
    with pytest.raises(InputError, match=r"Write pengingat/pesan\.j2"):
        render(obligation, calendar=calendars["pilkada-2024"], templates=folder)


def test_the_digest_changes_with_every_part_that_a_citizen_sees(write: Write) -> None:
    text = write("coklit|H")
    changed = [
        text._replace(message=text.message + "."),
        text._replace(link="https://jdih.kpu.go.id"),
        text._replace(alt_text="Poster"),
        text._replace(hashtags=text.hashtags[:-1]),
    ]
    assert len({content_hash(one) for one in [text, *changed]}) == 5


def test_the_digest_does_not_depend_on_facts_or_template(write: Write) -> None:
    text = write("coklit|H")
    assert content_hash(text._replace(facts={}, template="", template_hash="")) == content_hash(text)


def test_words_cannot_move_from_one_part_to_the_next_unseen(write: Write) -> None:
    text = write("coklit|H")
    one = text._replace(link="ab", alt_text="c")
    other = text._replace(link="a", alt_text="bc")
    assert content_hash(one) != content_hash(other)
