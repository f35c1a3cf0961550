"""The public view: what a citizen would see of a Page, with hostile words in it."""

from __future__ import annotations

from datetime import UTC, datetime

import requests
from graph_client import PNG, Office

from kabar.sandbox.running import RunningSandbox


def seen(sandbox: RunningSandbox, path: str) -> str:
    answer = requests.get(sandbox.url + path, timeout=5)
    answer.raise_for_status()
    return answer.text


def travel(sandbox: RunningSandbox, to: datetime) -> None:
    sandbox.control("clock", {"clock_offset_seconds": (to - datetime.now(UTC)).total_seconds()})


def test_every_page_says_that_it_is_a_stand_in(sandbox: RunningSandbox, office: Office) -> None:
    for path in ("/", f"/{office.page}"):
        assert "Ini bukan Facebook dan bukan halaman resmi KPU." in seen(sandbox, path)


def test_the_front_page_lists_provinces_with_their_posts(sandbox: RunningSandbox, office: Office) -> None:
    office.publish("Halo")
    text = seen(sandbox, "/")
    assert "553 halaman, 1 sudah mengirim, 1 kiriman." in text
    assert "<span>Aceh</span>" in text
    assert text.count("<details") == 39


def test_search_finds_pages_by_name_or_province_and_says_when_there_are_none(sandbox: RunningSandbox) -> None:
    assert "KPU Kota Jayapura" in seen(sandbox, "/?cari=jayapura")
    assert "KIP Aceh" not in seen(sandbox, "/?cari=jayapura")
    assert "24 halaman, 0 sudah mengirim, 0 kiriman." in seen(sandbox, "/?cari=ACEH")
    assert "Tidak ada halaman dengan nama “&lt;b&gt;”." in seen(sandbox, "/?cari=<b>")


def test_time_is_told_in_the_pages_own_zone(
    sandbox: RunningSandbox, office: Office, other_office: Office
) -> None:
    travel(sandbox, datetime(2026, 11, 23, 22, 0, 10, tzinfo=UTC))
    office.publish("Barat")
    other_office.publish("Timur")
    assert "Selasa, 24 November 2026 pukul 05.00 WIB" in seen(sandbox, f"/{office.page}")
    assert "Selasa, 24 November 2026 pukul 07.00 WIT" in seen(sandbox, f"/{other_office.page}")


def test_hostile_words_stay_words(sandbox: RunningSandbox, office: Office) -> None:
    office.publish('<script>alert(1)</script> https://x.id/"onmouseover="alert(1)')
    sandbox.control(f"pages/{office.page}", {"name": "<img src=x onerror=alert(1)>"})
    text = seen(sandbox, f"/{office.page}") + seen(sandbox, "/")
    assert "<script>" not in text
    assert "<img src=x" not in text
    assert '"onmouseover=' not in text


def test_the_view_allows_no_scripts(sandbox: RunningSandbox) -> None:
    policy = requests.get(sandbox.url, timeout=5).headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")


def test_lines_stay_and_addresses_become_links_without_their_full_stop(
    sandbox: RunningSandbox, office: Office
) -> None:
    office.publish("Baris satu\nLihat https://kpu.go.id/a?b=1&c=2. #PilkadaSerentak2024")
    text = seen(sandbox, f"/{office.page}")
    assert "Baris satu<br>" in text
    assert '<a href="https://kpu.go.id/a?b=1&amp;c=2" rel="noopener nofollow">' in text
    assert '<span class="tagar">#PilkadaSerentak2024</span>' in text


def test_a_picture_is_shown_with_its_alt_text(sandbox: RunningSandbox, office: Office) -> None:
    files = {"source": ("a.png", PNG)}
    data = {"caption": "Jadwal", "alt_text_custom": 'Poster "jadwal"'}
    office.call("POST", f"{office.page}/photos", office.token, data=data, files=files)
    text = seen(sandbox, f"/{office.page}")
    assert 'alt="Poster &quot;jadwal&quot;"' in text
    path = text.split('<img src="')[1].split('"')[0]
    assert requests.get(sandbox.url + path, timeout=5).headers["Content-Type"] == "image/png"


def test_drafts_hidden_and_deleted_posts_are_not_seen(sandbox: RunningSandbox, office: Office) -> None:
    office.publish("Draf", published="false")
    hidden = office.publish("Sembunyi")["id"]
    office.post(hidden, office.token, is_hidden="true")
    gone = office.publish("Hapus")["id"]
    office.call("DELETE", gone, office.token)
    text = seen(sandbox, f"/{office.page}")
    assert "Belum ada kiriman." in text
    assert requests.get(f"{sandbox.url}/{gone.replace('_', '/posts/')}", timeout=5).status_code == 404


def test_a_page_that_is_not_published_cannot_be_seen(sandbox: RunningSandbox, office: Office) -> None:
    sandbox.control(f"pages/{office.page}", {"is_published": False})
    assert requests.get(f"{sandbox.url}/{office.page}", timeout=5).status_code == 404


def test_a_long_timeline_is_cut_and_continued(sandbox: RunningSandbox, office: Office) -> None:
    for number in range(51):
        office.publish(f"Nomor-{number:03d}")
    first = seen(sandbox, f"/{office.page}")
    assert "Nomor-050" in first
    assert "Nomor-000" not in first
    assert "Nomor-000" in seen(sandbox, f"/{office.page}?mulai=50")
