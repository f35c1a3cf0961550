from __future__ import annotations

from pathlib import Path

import pytest
from writing import Find, Write

from kabar.content import Rules, Text, check, read_rules
from kabar.errors import InputError

INCLUDE = Path(__file__).resolve().parents[2] / "include"
QUIET = "masa-tenang|H.0800"
ORDINARY = "coklit|H"


def _broken(text: Text, find: Find, rules: Rules, key: str = ORDINARY) -> set[str]:
    return {finding.rule for finding in check(text, find(key), rules)}


def _with(text: Text, words: str) -> Text:
    return text._replace(message=f"{text.message}\n{words}")


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("N1", "Nomor urut 2 unggul."),
        ("N1", "nomor urut dua"),
        ("N1", "No. urut: 3"),
        ("N1", "Paslon 01 hadir."),
        ("N1", "Ayo coblos 2 besok."),
        ("N1", "Pilih nomor satu."),
        ("N1", "Jangan pilih dia."),
        ("N1", "Salam dua jari!"),
        ("N1", "Cob\u200blos 2"),
        ("N1", "\uff30\uff41\uff53\uff4c\uff4f\uff4e 01"),
        ("N2", "Calon petahana hadir."),
        ("N3", "Terima kasih @seseorang"),
        ("T3", "Hasil quick count sudah keluar."),
        ("T3", "Hitung  cepat menunjukkan hasil."),
        ("P1", "NIK 3204 1234 5678 9012"),
        ("P1", "NIK 3204123456789012"),
        ("P1", "Hubungi 0812-3456-7890"),
        ("P1", "Hubungi +62 812 3456 7890"),
        ("P1", "Kirim ke warga@contoh.id"),
        ("F4", "Lihat https://bit.ly/abc"),
        ("F4", "Lihat contoh.com"),
        ("F4", "Lihat https://kpu.go.id.contoh.net/a"),
        ("F3", "Ikuti #TemanPemilih hari ini"),
        ("S1", "KPU Kabupaten Keerom mengumumkan hasil."),
        ("S1", "KIP Kabupaten Aceh Selatan mengumumkan hasil."),
        ("B2", "AYO DATANG ke TPS"),
        ("B2", "Tanyakan kepada PPK."),
        ("B2", "Lihat pengumuman. Simpan tanggalnya."),
        ("B2", f"{'panjang ' * 200}sekali."),
        ("F2", "Panjang. " * 200),
    ],
)
def test_a_text_that_breaks_a_rule_is_found(
    rule: str, words: str, write: Write, find: Find, rules: Rules
) -> None:
    assert rule in _broken(_with(write(ORDINARY), words), find, rules)


@pytest.mark.parametrize(
    "words",
    [
        "Nomor urut pasangan calon diundi dalam rapat pleno.",
        "Pilihlah sesuai hati nurani.",
        "Pada 27 November 2024 pukul 07.00 sampai 13.00 WIT.",
        "Daftar 1.234.567 warga.",
        "Lihat jdih.kpu.go.id dan https://infopemilu.kpu.go.id/a.",
        "KPU kabupaten/kota dan KPU RI bekerja sama.",
        "KPU Kabupaten Pegunungan Bintang Selasa ini buka.",
        "Periode II berjalan.",
        "Survei kepuasan layanan dibuka.",
    ],
)
def test_a_harmless_text_raises_no_alarm(words: str, write: Write, find: Find, rules: Rules) -> None:
    text = write("masa-tenang|H-1")
    plain = text._replace(message=text.message.replace("Hormati masa tenang di lingkunganmu.", words))
    assert _broken(plain, find, rules, "masa-tenang|H-1") == set()


@pytest.mark.parametrize(("rule", "fact"), [("I1", "dasar"), ("I1", "tautan"), ("S1", "satker")])
def test_a_missing_fact_blocks(rule: str, fact: str, write: Write, find: Find, rules: Rules) -> None:
    text = write(ORDINARY)
    without = text._replace(message=text.message.replace(text.facts[fact], ""))
    assert rule in _broken(without, find, rules)


def test_a_fact_that_the_calendar_does_not_have_blocks(write: Write, find: Find, rules: Rules) -> None:
    text = write(ORDINARY)
    assert "I1" in _broken(text._replace(facts={**text.facts, "dasar": ""}), find, rules)


@pytest.mark.parametrize(
    "tags",
    [
        ("#kpumelayani",),
        ("#PilihBaik",),
        ("#KPUMelayani", "#KPUMelayani"),
        ("#PemilihBerdaulatNegaraKuat",),
    ],
)
def test_hashtags_that_are_unknown_recalled_doubled_or_not_in_pascal_case_block(
    tags: tuple[str, ...], write: Write, find: Find, rules: Rules
) -> None:
    assert "F3" in _broken(write(ORDINARY)._replace(hashtags=tags), find, rules)


def test_a_hashtag_of_another_election_blocks(write: Write, find: Find, rules: Rules) -> None:
    text = write(QUIET, calendar="pemilu-2024")._replace(hashtags=("#Pilkada2024",))
    findings = check(text, find(QUIET, calendar="pemilu-2024"), rules)
    assert [finding.rule for finding in findings] == ["F3"]


def test_in_masa_tenang_a_template_without_the_mark_may_not_speak(
    write: Write, find: Find, rules: Rules
) -> None:
    text = write(QUIET)
    unmarked = text._replace(facts={**text.facts, "aman_masa_tenang": "tidak"})
    assert (_broken(text, find, rules, QUIET), _broken(unmarked, find, rules, QUIET)) == (set(), {"T1"})


@pytest.mark.parametrize("words", ["Simak visi dan misi.", "Saksikan debat.", "Kenali pasangan calon."])
def test_in_masa_tenang_only_services_to_voters_are_spoken_of(
    words: str, write: Write, find: Find, rules: Rules
) -> None:
    assert "T1" in _broken(_with(write(QUIET), words), find, rules, QUIET)
    assert "T1" not in _broken(_with(write(ORDINARY), words), find, rules)


@pytest.mark.parametrize(
    ("key", "code", "is_found"),
    [
        ("masa-tenang|H-1", "9502", False),
        (QUIET, "9502", True),
        ("pemungutan-suara|H.1200", "1101", True),
        ("pemungutan-suara|akhir+1", "1101", False),
    ],
)
def test_surveys_are_not_spoken_of_from_masa_tenang_to_fifteen_o_clock_of_polling_day(
    key: str, code: str, *, is_found: bool, write: Write, find: Find, rules: Rules
) -> None:
    text = _with(write(key, code), "Hasil survei keluar.")
    assert ("T3" in {finding.rule for finding in check(text, find(key, code), rules)}) is is_found


def test_alternative_text_is_read_too(write: Write, find: Find, rules: Rules) -> None:
    assert "N1" in _broken(write(ORDINARY)._replace(alt_text="Foto paslon 02"), find, rules)


def test_a_finding_says_what_is_wrong_how_grave_it_is_and_by_which_law(
    write: Write, find: Find, rules: Rules
) -> None:
    finding = check(_with(write(ORDINARY), "Ayo coblos 2"), find(ORDINARY), rules)[0]
    assert (finding.rule, finding.severity) == ("N1", "block")
    assert finding.message.startswith("Memuat “coblos 2”.")
    assert finding.legal_basis.startswith("Peraturan DKPP 2/2017")


def test_every_rule_has_a_legal_basis_and_a_status(rules: Rules) -> None:
    assert {rule.status for rule in rules.rules} == {"bersumber", "ingatan", "usulan"}
    assert all(rule.legal_basis and rule.test for rule in rules.rules)
    assert {"N1", "T1", "P1", "R2", "M2"} <= {rule.id for rule in rules.rules}


@pytest.mark.parametrize(
    ("before", "after", "key"),
    [
        (r"'\bsalam\s+(?:\d+|", r"'\bsalam\s+((?:\d+|", "aturan.N1.periksa.1.pola.8"),
        ("keparahan: tolak", "keparahan: berat", "aturan.N1.keparahan"),
        ("cara: sebutan", "cara: sebut", "aturan.N3.periksa.1"),
        ("kata_per_kalimat: 18", "kata_per_kalimat: delapan belas", "aturan.B2.periksa.1.kata_per_kalimat"),
        ("- id: N2", "- id: N1", "aturan.N1.id"),
        ("domain: [kpu.go.id]", "domain: []", "aturan.F4.periksa.1"),
        ("    boleh: []", "    bolehh: []", "aturan.N3.periksa.1"),
    ],
)
def test_a_broken_rule_file_is_one_error_with_its_line(
    before: str, after: str, key: str, tmp_path: Path
) -> None:
    good = (INCLUDE / "rules.yaml").read_text(encoding="utf-8")
    assert before in good
    file = tmp_path / "rules.yaml"
    file.write_text(good.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_rules(file)
    error = caught.value
    assert (error.file, error.key.startswith(key)) == (file, True), error.key
    at = good[: good.index(before)].count("\n") + 1
    assert error.line is not None
    assert abs(error.line - at) <= 1


def test_an_editor_adds_a_word_without_code(tmp_path: Path, write: Write, find: Find) -> None:
    good = (INCLUDE / "rules.yaml").read_text(encoding="utf-8")
    file = tmp_path / "rules.yaml"
    file.write_text(good.replace("kata: [unggul,", "kata: [jagoan, unggul,"), encoding="utf-8")
    text = _with(write(ORDINARY), "Dia jagoan.")
    assert _broken(text, find, read_rules(file)) == {"N2"}
