"""The file with which a new calendar begins: every key, what belongs there, and a blank to fill."""

from __future__ import annotations

from string import Template
from typing import Final

#: Stands wherever the editor has to write something; the strict reader names the line of one left over.
BLANK: Final = "ISI"

_SKELETON: Final = Template("""\
# Kalender tahapan. Ganti setiap kata $blank, lalu jalankan: kabar calendar check <berkas ini>
# Jangan mengarang tanggal. Yang tidak ada sumbernya ditulis null, atau status: ingatan (tidak pernah terbit).
# Tanggal ditulis tahun-bulan-hari tanpa tanda kutip: 2024-11-27.
versi_skema: 1
kode: $code
# Naikkan satu angka setiap kali kalender ini diubah: naskah yang disetujui untuk versi lama akan ditahan.
versi: 1
# Nama lengkap pemilihan ini, seperti dalam peraturan.
nama: $blank
# Nama yang dibaca warga, misalnya Pilkada Serentak 2024.
nama_pendek: $blank
# pemilu | pemilihan | pemungutan-suara-ulang
jenis: $blank
# null bila harinya berbeda di tiap daerah.
hari_pemungutan_suara: $blank
# Hari peraturan mulai berlaku; null bila tidak ada sumbernya.
berlaku_sejak: $blank
# Laman resmi di bawah kpu.go.id.
tautan_resmi: https://www.kpu.go.id
# status: terverifikasi (dua halaman atau lebih sepakat) | satu_sumber | ingatan
dasar_hukum:
  - {aturan: $blank, bagian: $blank, status: satu_sumber, sumber: [sumber-1]}
# Arti setiap nilai `syarat` pada tahapan di bawah.
syarat_satker:
  semua: semua satker pada jenis yang disebut
  punya_pemilihan: satker yang menyelenggarakan pemilihannya sendiri
  ada_pemungutan_suara: satker yang di wilayahnya ada pemungutan suara
# Halaman publik tempat tanggal ditemukan. Nama di kiri dipakai pada `sumber` di tempat lain.
sumber:
  # jenis: kpu | pers | pemda | pemantau | blog
  sumber-1: {url: $blank, jenis: $blank}
tahapan:
  # Salin butir ini untuk setiap tahapan.
  # id: huruf kecil dan tanda hubung. Kata-kata tahapan dicari di include/templates/<id>/.
  # Beberapa id dikenal pemeriksa tanggal: kampanye, masa-tenang, pemungutan-suara, pindah-memilih-h30.
  - id: $blank
    nama: $blank
    # id tahapan induk, atau null.
    induk: null
    dasar_hukum:
      - {aturan: $blank, bagian: $blank, status: satu_sumber}
    # null bila tidak ada tanggalnya; hari terakhir sama dengan hari pertama bila hanya satu hari.
    mulai: $blank
    selesai: $blank
    # Siapa yang wajib menyampaikan: ri, provinsi, kabupaten, kota.
    berlaku_untuk: [ri, provinsi, kabupaten, kota]
    # semua | punya_pemilihan | ada_pemungutan_suara
    syarat: semua
    # Kapan disampaikan, dari include/tonggak.yaml:
    # $patterns
    pola: $blank
    # Apa yang terjadi pada tahapan ini: satu atau dua kalimat pendek.
    ringkasan: $blank
    # Satu ajakan kepada warga.
    ajakan: $blank
    # Nama dari `sumber` di atas; dua nama atau lebih untuk status terverifikasi.
    sumber: [sumber-1]
    status: satu_sumber
""")


def skeleton(code: str, patterns: tuple[str, ...]) -> str:
    """Give the text of a calendar file with this code, whose blanks an editor fills."""
    return _SKELETON.substitute(blank=BLANK, code=code, patterns=" | ".join(patterns))
