"""What the machine writes into the history, in English for operators; here in Bahasa Indonesia for Humas."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

#: Sentences without a changing part.
PLAIN: Final[Mapping[str, str]] = {
    "drafted": "naskah disusun",
    "approved": "disetujui",
    "claimed for sending": "mulai dikirim",
    "taken to be posted by hand": "kartu diambil untuk diunggah",
    "given back, not posted": "kartu dikembalikan, belum diunggah",
    "posted by hand": "diunggah petugas; tautannya dicatat",
    "the officer who took the card gave no answer in time": (
        "kartu diambil, tetapi sampai batas waktunya tidak ada kabar apakah sudah diunggah"
    ),
    "the text was edited": "naskah diubah",
    "found by reading": "ditemukan di platform saat diperiksa",
    "the platform named the post in its answer": "platform memberikan nomor kiriman",
    "the wording is no longer the approved one": "naskah berubah setelah disetujui",
    "its not-after time had passed before it could be sent": "batas akhir terbit lewat sebelum dikirim",
    "nobody decided before the not-after time": "tidak ada putusan sampai batas akhir terbit",
    "not sent before the not-after time": "belum terkirim sampai batas akhir terbit",
    "the worker that sent it gave no answer within its lease": "pengirim tidak menjawab pada waktunya",
    "the satker has no active account on this channel": "satker tidak memiliki akun aktif di kanal ini",
    "the platform asked this connection to pause": "platform meminta jeda; akan dicoba lagi",
    "the account that the draft was written for now belongs to another satker": (
        "akun yang dituju naskah ini sekarang milik satker lain"
    ),
    "an officer refused it before it was sent": "ditolak petugas sebelum terkirim",
    "something stood against it before the call": "tidak jadi dikirim",
    "the claim's time was over before the call": "giliran kirim habis sebelum terkirim; akan dicoba lagi",
    "a rehearsal never goes to a real account, nor a real post to a rehearsal's": (
        "gladi tidak boleh keluar lewat akun sungguhan, begitu pula sebaliknya"
    ),
    "The Graph API accepted the post and named no id.": "Facebook menerima kiriman tanpa memberi nomornya",
}

#: Sentences with a changing part; `{0}` is the first one.
PATTERNS: Final = (
    (re.compile(r"look (\d+): not on the platform"), "pencarian ke-{0}: tidak ditemukan di platform"),
    (
        re.compile(r"found by reading, (\d+) copies: .+"),
        "ditemukan {0} kali di platform; perlu diperiksa orang",
    ),
    (
        re.compile(r"claim \d+ was answered too: .+"),
        "platform menyebut lebih dari satu kiriman; perlu diperiksa orang",
    ),
    (re.compile(r"it stands (\d+) times: .+"), "berdiri {0} kali di platform; perlu diperiksa orang"),
    (re.compile(r"waits for its account: (.+)", re.DOTALL), "menunggu akunnya dapat dipakai lagi: {0}"),
    (re.compile(r"stopped: (.+)", re.DOTALL), "dihentikan: {0}"),
    (re.compile(r"withdrawn: (.+)", re.DOTALL), "ditarik: {0}"),
    (re.compile(r"corrected by the post (kt\d+)"), "diralat dengan kiriman {0}"),
    (re.compile(r"Nothing is taken down on (.+) by machine\."), "kiriman di {0} tidak dapat dihapus sistem"),
    (
        re.compile(r"came due during a stop that has ended: (.+)", re.DOTALL),
        "jam terbitnya jatuh pada masa penghentian yang kini sudah berakhir: {0}",
    ),
    (
        re.compile(r"the calendar .+ was amended to version (\d+)"),
        "kalender tahapan diubah (versi {0}); naskah ditulis ulang",
    ),
    (
        re.compile(r"the calendar .+ has no such message any more"),
        "pesan ini tidak ada lagi di kalender tahapan",
    ),
    (re.compile(r"the satker is now called (.+)"), "nama resmi satker berubah menjadi {0}"),
    (
        re.compile(r"the calendar .+ is no longer version \d+"),
        "kalender tahapan berubah setelah naskah disusun",
    ),
    (re.compile(r"no channel .+ behind the connection .+"), "sambungan ke platform belum disiapkan"),
    (
        re.compile(r"No connection for a call to .+"),
        "platform tidak dapat dihubungi; belum ada yang terkirim",
    ),
    (
        re.compile(r"The call to .+ left and no answer came: .+"),
        "sudah dikirim, tetapi jawaban platform tidak datang",
    ),
    (
        re.compile(r"The Graph API answered with HTTP (\d+) and no readable body\."),
        "jawaban Facebook tidak terbaca (HTTP {0})",
    ),
    (re.compile(r"The token has no .+ task on the Page (.+)\."), "token tidak berhak menulis di Halaman {0}"),
    (re.compile(r"The token does not reach the Page (.+)\."), "token tidak menjangkau Halaman {0}"),
    # The platform's own sentence stays as it is, so that it can be looked up. An error is not always a no:
    # whoever reads that Facebook refused would send an unconfirmed post again.
    (
        re.compile(r"Graph error (\S+) \(HTTP \d+\): (.+)", re.DOTALL),
        "Facebook menjawab dengan galat (kode {0}): {1}",
    ),
)


def reason_words(reason: str) -> str:
    """A reason from the ledger for Humas; what a person wrote stays as it is."""
    if reason in PLAIN:
        return PLAIN[reason]
    for pattern, words in PATTERNS:
        if found := pattern.fullmatch(reason):
            return words.format(*found.groups())
    return reason
