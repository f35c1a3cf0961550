"""What fits into a post: each platform's own way of counting, and the finding that stands before approval."""

from __future__ import annotations

import unicodedata
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kabar.accounts import Channel
from kabar.channels.composing import LIMITS, length_on, misfits, picture_misfits, word_misfits
from kabar.channels.counting import utf16_units, weighted, with_emoji_as_bytes
from kabar.content import Text

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
ADDRESSES = st.sampled_from(
    [
        "https://www.kpu.go.id",
        "kpu.go.id",
        "https://jdih.kpu.go.id/a?b=c#d",
        "http://a.co",
        "HTTPS://KPU.GO.ID/X",
    ]
)
WORDS = st.lists(st.from_regex(r"[a-zA-Z]{1,12}", fullmatch=True), max_size=12)


def text(message: str, *, hashtags: tuple[str, ...] = (), alt_text: str = "", pictures: int = 0) -> Text:
    return Text(
        message=message,
        link="https://www.kpu.go.id",
        alt_text=alt_text,
        hashtags=hashtags,
        facts={},
        template="",
        template_hash="",
        pictures=("0" * 64,) * pictures,
    )


@pytest.mark.parametrize(
    ("said", "weight"),
    [
        # docs.x.com/fundamentals/counting-characters
        pytest.param("a", 1, id="a Latin letter"),
        pytest.param("\u00e1", 1, id="an accent"),
        pytest.param("\u04d1", 1, id="Cyrillic with a breve"),
        pytest.param("\U0001f47e", 2, id="an emoji"),
        pytest.param("\U0001f64b\U0001f3fd", 2, id="an emoji with a skin tone"),
        pytest.param("\U0001f468\u200d\U0001f3a4", 2, id="two joined emoji"),
        pytest.param(FAMILY, 2, id="four joined emoji"),
        pytest.param("caf\u00e9", 4, id="composed"),
        pytest.param("cafe\u0301", 4, id="decomposed"),
        # The conformance examples of twitter-text.
        pytest.param("This is a test.", 15, id="a sentence"),
        pytest.param("http://test.com", 23, id="http"),
        pytest.param("https://test.com", 23, id="https"),
        pytest.param("test.com", 23, id="without a scheme"),
        pytest.param("Test https://test.com test https://test.com test.com test", 86, id="several addresses"),
        # Its configuration, version 3.
        pytest.param("\uc800\ucc00\ucbff", 6, id="wide characters"),
        pytest.param("\u2019\u201c\u201d\u2013", 4, id="typographic quotation marks and dashes"),
        pytest.param("\u20ac", 2, id="what no range names"),
        pytest.param("\U0001f1ee\U0001f1e9", 2, id="a flag"),
        pytest.param("1\ufe0f\u20e3", 2, id="a digit in a box"),
        pytest.param("a\nb", 3, id="a line end"),
    ],
)
def test_x_weighs_as_its_documents_say(said: str, weight: int) -> None:
    assert weighted(said) == weight


@given(words=WORDS, address=ADDRESSES)
def test_an_address_weighs_23_on_x_wherever_it_stands(words: list[str], address: str) -> None:
    sentence = " ".join(words)
    assert weighted(f"{sentence} {address} {sentence}") == 2 * len(sentence) + 25


@given(st.text())
def test_composing_a_text_does_not_change_its_weight(said: str) -> None:
    assert weighted(unicodedata.normalize("NFD", said)) == weighted(unicodedata.normalize("NFC", said))


@given(st.text())
def test_no_way_of_counting_finds_less_than_nothing_or_misses_a_letter(said: str) -> None:
    letters = sum(sign.isascii() and sign.isalpha() for sign in said)
    assert with_emoji_as_bytes(said) >= len(said)
    assert utf16_units(said) >= len(said)
    if "." not in said:
        assert weighted(said) >= letters


@given(first=st.text(alphabet=st.characters(codec="ascii")), second=st.text(alphabet="abc .,\n"))
def test_a_longer_plain_text_is_not_lighter_on_threads(first: str, second: str) -> None:
    assert with_emoji_as_bytes(first + second) == with_emoji_as_bytes(first) + len(second)


@pytest.mark.parametrize(
    ("said", "length"),
    [
        pytest.param("Teman Pemilih", 13, id="letters"),
        pytest.param("\u00e9", 1, id="an accent is one character"),
        pytest.param("\u201ctenang\u201d", 8, id="typographic quotation marks are no emoji"),
        pytest.param("\U0001f5f3", 4, id="an emoji by its bytes"),
        pytest.param("\U0001f5f3\ufe0f", 7, id="with the sign that colours it"),
        pytest.param(FAMILY, 25, id="joined emoji"),
    ],
)
def test_threads_counts_an_emoji_by_its_bytes(said: str, length: int) -> None:
    assert with_emoji_as_bytes(said) == length


def test_telegram_counts_an_emoji_as_two() -> None:
    assert utf16_units("a\U0001f5f3") == 3


def test_every_channel_has_limits() -> None:
    assert set(LIMITS) == set(get_args(Channel))


@pytest.mark.parametrize("channel", [name for name, limits in LIMITS.items() if limits.length is not None])
def test_a_text_of_just_the_length_fits_and_one_more_letter_does_not(channel: str) -> None:
    most = LIMITS[channel].length or 0
    assert word_misfits(channel, text("a" * most)) == ()
    (finding,) = word_misfits(channel, text("a" * (most + 1)))
    assert (finding.rule, finding.severity) == ("F1", "block")


def test_the_finding_says_how_much_is_too_much_and_what_to_do() -> None:
    (finding,) = misfits("x", text("a" * 278 + " kpu.go.id"))
    assert finding.message == (
        "Teks X 302 dari 280 karakter tertimbang. Ringkas paling sedikit 22; teks tidak dipotong otomatis."
    )
    assert "docs.x.com" in finding.legal_basis


def test_large_numbers_are_written_as_indonesian_writes_them() -> None:
    (finding,) = misfits("telegram", text("a" * 1_025))
    assert finding.message.startswith("Teks Telegram 1.025 dari 1.024 karakter.")


def test_hashtags_count_as_they_are_posted() -> None:
    tagged = text("a" * 268, hashtags=("#KPUMelayani",))
    assert length_on("x", tagged) == 268 + len("\n\n#KPUMelayani")
    assert len(word_misfits("x", tagged)) == 1


def test_a_channel_without_a_limit_takes_any_length() -> None:
    assert misfits("website", text("a" * 100_000)) == ()


@pytest.mark.parametrize(
    ("channel", "message", "says"),
    [
        pytest.param("instagram", "#A " * 31, "paling banyak 30 tagar, teks ini memuat 31", id="hashtags"),
        pytest.param("instagram", "@a " * 21, "paling banyak 20 sebutan akun", id="mentions"),
        pytest.param("threads", "kpu.go.id " * 6, "paling banyak 5 tautan, teks ini memuat 6", id="links"),
    ],
)
def test_what_a_channel_counts_besides_letters_blocks_too(channel: str, message: str, says: str) -> None:
    (finding,) = word_misfits(channel, text(message.strip()))
    assert says in finding.message


def test_instagram_takes_no_post_without_a_picture() -> None:
    (finding,) = misfits("instagram", text("Halo"))
    assert finding.message == "Instagram hanya menerima unggahan bergambar. Tambahkan gambar."
    assert misfits("instagram", text("Halo", pictures=1)) == ()


def test_more_pictures_than_a_channel_takes_block() -> None:
    (finding,) = picture_misfits("x", text("Halo", pictures=5))
    assert "paling banyak 4 gambar" in finding.message


def test_each_description_of_a_picture_is_held_to_the_limit() -> None:
    described = text("Halo", alt_text="\n".join(("a" * 1_000, "a" * 1_001)), pictures=2)
    (finding,) = picture_misfits("x", described)
    assert finding.message.startswith("Alt-teks gambar 2 sepanjang 1.001 karakter, batas X 1.000.")


@given(st.text(max_size=700), st.sampled_from(sorted(LIMITS)))
def test_a_text_misfits_exactly_when_its_own_count_is_above_the_limit(said: str, channel: str) -> None:
    limits = LIMITS[channel]
    too_long = limits.length is not None and limits.count(said) > limits.length
    found = [one for one in word_misfits(channel, text(said)) if one.message.startswith("Teks ")]
    assert bool(found) == too_long
