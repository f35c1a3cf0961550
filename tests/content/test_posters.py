"""Posters as citizens see them: everything fits, is legible, and says what the message says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from poster_drawing import ALL_TEXT, SVG, Box, contrast, ink_of, picture, rgb, texts
from writing import Find, Write

from kabar.calendar import Calendar
from kabar.content import Rules, Templates, check, render
from kabar.content.designs import Designs
from kabar.content.poster import SIZES, Poster, Shape, poster
from kabar.content.poster_words import words_of_poster
from kabar.errors import InputError
from kabar.plan import Obligation, obligations_of, public_stages
from kabar.satker import Satker
from kabar.tonggak import Patterns, tonggak_of

INCLUDE = Path(__file__).resolve().parents[2] / "include"
POSTERS = INCLUDE / "posters"
#: A message of each kind; among them the longest titles, facts and calls of the shipped calendars.
MESSAGES = (
    "pendaftaran-paslon|H-3",
    "pindah-memilih-h7|akhir-7",
    "coklit|H-30",
    "rekrutmen-kpps|akhir-3",
    "coklit|akhir-1",
    "pemungutan-suara|H.0700",
    "rekrutmen-kpps|akhir+1",
)
#: Left and right of every text (pixels), in either shape.
MARGIN = 84
#: Penukal Abab Lematang Ilir; on a phone of 390 points, 28 pixels of a poster are 10 points high.
LONG_NAME, SMALLEST = "1612", 28

Draw = Callable[..., Poster]


@pytest.fixture(scope="module")
def designs() -> Designs:
    return Designs(POSTERS)


@pytest.fixture(scope="module")
def draw(find: Find, calendars: dict[str, Calendar], templates: Templates, designs: Designs) -> Draw:
    """Draw the poster of a tonggak; a satker may be handed over in the place of the one found."""

    def of(
        key: str, code: str = "9502", *, shape: Shape = "portrait", satker: Satker | None = None
    ) -> Poster:
        obligation = find(key, code)
        if satker is not None:
            obligation = obligation._replace(satker=satker)
        calendar = calendars["pilkada-2024"]
        return poster(obligation, calendar=calendar, templates=templates, designs=designs, shape=shape)

    return of


@pytest.fixture(scope="module")
def every_message(
    calendars: dict[str, Calendar], satker: dict[str, Satker], patterns: Patterns, designs: Designs
) -> tuple[Obligation, ...]:
    """Each message of each shipped calendar, for the satker with the widest name that it binds."""
    widths = {one: designs.lettering.width(one.short_name, size=100, weight=700) for one in satker.values()}
    by_width = sorted(widths, key=lambda one: -widths[one])

    def of(calendar: Calendar) -> Iterator[Obligation]:
        for stage in public_stages(calendar):
            for tonggak in tonggak_of(calendar, stage, patterns):
                bound = obligations_of(calendar, stage, tonggak, by_width, ("facebook",))
                yield max(bound, key=lambda one: widths[one.satker])

    return tuple(one for calendar in calendars.values() for one in of(calendar))


@pytest.mark.parametrize("shape", SIZES)
def test_every_message_of_every_calendar_finds_room_beside_the_widest_name(
    every_message: tuple[Obligation, ...], templates: Templates, designs: Designs, shape: Shape
) -> None:
    assert len(every_message) > 500
    for one in every_message:
        drawn = poster(one, calendar=one.calendar, templates=templates, designs=designs, shape=shape)
        assert min(line.size for line in texts(drawn)) >= SMALLEST, one.tonggak.key


@pytest.mark.parametrize("shape", SIZES)
@pytest.mark.parametrize("key", ["pindah-memilih-h7|akhir-7", "rekrutmen-kpps|akhir-3", "rekrutmen-kpps|H-7"])
def test_the_longest_texts_find_room_beside_each_of_the_553_names(
    draw: Draw, satker: dict[str, Satker], key: str, shape: Shape
) -> None:
    for one in satker.values():
        lines = [line.text for line in texts(draw(key, shape=shape, satker=one))]
        assert one.short_name in " ".join(lines)


def apart(one: Box, other: Box) -> bool:
    """Whether two boxes share no pixel."""
    return one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


@pytest.mark.parametrize("shape", SIZES)
@pytest.mark.parametrize("key", MESSAGES)
def test_no_text_leaves_its_margins_or_touches_another(
    draw: Draw, designs: Designs, key: str, shape: Shape
) -> None:
    drawn = draw(key, LONG_NAME, shape=shape)
    width, height = SIZES[shape]
    bare = picture(drawn, without=ALL_TEXT)

    inks = {line: ink_of(drawn, line, bare) for line in texts(drawn)}

    assert len(inks) >= 8
    for line, (left, top, right, foot) in inks.items():
        # A letter may stand a little left of where it begins, a rounded one a little above its line.
        assert left >= MARGIN - 8, line
        assert right <= width - MARGIN + 2, line
        assert top > 0, line
        assert foot < height, line
        measured = line.box(designs.lettering)
        assert right - left <= (measured[2] - measured[0]) * 1.01 + 2, line
    for one, other in combinations(inks, 2):
        if (one.x, one.size, one.weight) == (other.x, other.size, other.weight):
            # Two lines of one text: the tail of a letter may reach down beside the next, as in any book.
            assert abs(one.foot - other.foot) > one.size, (one, other)
        else:
            assert apart(inks[one], inks[other]), (one, other)


@pytest.mark.parametrize("shape", SIZES)
@pytest.mark.parametrize("key", MESSAGES)
def test_every_text_stands_out_from_every_pixel_below_it(
    draw: Draw, designs: Designs, key: str, shape: Shape
) -> None:
    drawn = draw(key, shape=shape)
    bare = picture(drawn, without=ALL_TEXT)

    for line in texts(drawn):
        below = bare.crop(line.box(designs.lettering)).getcolors(1 << 24)
        assert below
        assert min(contrast(rgb(line.fill), colour) for _, colour in below) >= 4.5, line


def test_what_is_drawn_is_what_the_alternative_text_says(
    every_message: tuple[Obligation, ...], templates: Templates, designs: Designs
) -> None:
    for one in every_message[::5]:
        drawn = poster(one, calendar=one.calendar, templates=templates, designs=designs)
        shown = {word for line in texts(drawn) for word in re.findall(r"\w+", line.text)}
        assert len(shown) > 15
        assert shown <= set(re.findall(r"\w+", drawn.alt_text)), one.tonggak.key


@pytest.mark.parametrize("shape", SIZES)
def test_every_word_that_a_poster_has_is_drawn_in_full(
    every_message: tuple[Obligation, ...], templates: Templates, designs: Designs, shape: Shape
) -> None:
    for one in every_message[::5]:
        drawn = poster(one, calendar=one.calendar, templates=templates, designs=designs, shape=shape)
        lines = " ".join(line.text.replace("\u00a0", " ") for line in texts(drawn))
        words = words_of_poster(one, calendar=one.calendar, templates=templates).drawn()
        assert [value for value in words.values() if str(value) not in lines] == [], one.tonggak.key


def test_alternative_texts_are_one_line_that_every_platform_takes(
    every_message: tuple[Obligation, ...], templates: Templates
) -> None:
    said = [
        words_of_poster(one, calendar=one.calendar, templates=templates).alt_text for one in every_message
    ]

    assert max(map(len, said)) <= 1000
    assert not any("\n" in one or "  " in one or one != one.strip() for one in said)


def test_a_poster_breaks_no_rule_that_its_message_keeps(
    every_message: tuple[Obligation, ...], templates: Templates, rules: Rules, write: Write
) -> None:
    text = write("coklit|H-7")
    assert check(text._replace(alt_text="Coblos nomor urut 1."), every_message[0], rules)

    for one in every_message:
        text = render(one, calendar=one.calendar, templates=templates)
        words = words_of_poster(one, calendar=one.calendar, templates=templates)
        with_poster = check(text._replace(alt_text=words.alt_text), one, rules)
        assert set(with_poster) <= set(check(text, one, rules)), one.tonggak.key


def test_equal_posters_are_equal_to_the_byte_and_others_have_another_digest(draw: Draw) -> None:
    first, again, other = draw("coklit|H-7"), draw("coklit|H-7"), draw("coklit|H-7", "1101")

    assert first == again
    assert first.content_hash != other.content_hash
    assert first.content_hash != draw("coklit|H-7", shape="square").content_hash


@pytest.mark.parametrize("change", ["palet.j2", "huruf/KabarPoster-Bold.ttf"])
def test_the_digest_covers_colours_and_font(
    find: Find, calendars: dict[str, Calendar], templates: Templates, tmp_path: Path, change: str
) -> None:
    for file in POSTERS.rglob("*"):
        if file.is_file():
            copy = tmp_path / file.relative_to(POSTERS)
            copy.parent.mkdir(exist_ok=True)
            copy.write_bytes(file.read_bytes())

    def digest() -> str:
        drawn = poster(
            find("coklit|H-7"),
            calendar=calendars["pilkada-2024"],
            templates=templates,
            designs=Designs(tmp_path),
        )
        return drawn.content_hash

    before = digest()
    changed = tmp_path / change
    changed.write_bytes(changed.read_bytes().replace(b"#10353c", b"#10353d") + b"\n")

    assert digest() != before


@pytest.mark.parametrize(
    "name",
    [
        "KPU <script>alert(1)</script>",
        "KPU ]]> & <!-- \"'",
        "KPU {{ 7 * 7 }} {% raw %}",
        'KPU " onload="alert(1)" x="',
        "KPU &#60;b&#62;",
    ],
)
def test_a_hostile_name_is_drawn_as_it_is_written_and_changes_nothing_else(
    draw: Draw, satker: dict[str, Satker], name: str
) -> None:
    drawn = draw("coklit|H-7", satker=satker["9502"].model_copy(update={"short_name": name}))

    root = ET.fromstring(drawn.svg)  # noqa: S314  Our own drawing.
    tags = {one.tag.removeprefix(SVG) for one in root.iter()}
    assert tags <= {"svg", "g", "rect", "circle", "path", "text"}
    assert {key for one in root.iter(f"{SVG}text") for key in one.attrib} == {
        *("x", "y", "font-size", "font-weight", "fill", "text-anchor")
    }
    assert name in " ".join(line.text for line in texts(drawn))
    assert name in drawn.alt_text


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("KPU Kabupaten " + "Abab " * 58, "finds no room"),
        ("KPU" + "X" * 297, "finds no room"),
        ("KPU Bandung \U0001f5f3", "no sign"),
        ("KPU \u202eBandung", "no sign"),
        ("KPU \x00Bandung", "no sign"),
        ("КПУ Bandung", "no sign"),
    ],
)
def test_a_name_that_cannot_be_drawn_whole_is_refused_with_file_and_line(
    draw: Draw, satker: dict[str, Satker], name: str, said: str
) -> None:
    with pytest.raises(InputError, match=said) as refusal:
        draw("coklit|H-7", satker=satker["9502"].model_copy(update={"short_name": name.strip()}))

    assert refusal.value.file == POSTERS / "kerangka.svg.j2"
    assert refusal.value.line == 6


def test_no_colour_is_as_strong_as_that_of_a_party() -> None:
    palette = re.findall(r"#[0-9a-f]{6}", (POSTERS / "palet.j2").read_text(encoding="utf-8"))
    elsewhere = [
        file.name
        for file in POSTERS.glob("*.svg.j2")
        if re.search(r"#[0-9A-Fa-f]{3,8}\b", file.read_text(encoding="utf-8"))
    ]

    assert len(palette) > 8
    # Plain red, yellow, blue and green, as on flags of parties, are far above.
    assert max(map(chroma, palette)) < 0.09
    assert min(map(chroma, ("#d71920", "#ffcc00", "#005baa", "#008000"))) > 0.13
    assert elsewhere == []


def chroma(colour: str) -> float:
    """Strength of a colour in OKLab: 0 for grey, about 0.3 for the strongest that screens show."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (channel / 255 for channel in rgb(colour))
    )
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    middle = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    green_red = 1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short
    blue_yellow = 0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short
    return float((green_red**2 + blue_yellow**2) ** 0.5)


def test_the_font_comes_with_its_licence() -> None:
    licence = (POSTERS / "huruf" / "OFL.txt").read_text(encoding="utf-8")

    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    assert "Plus Jakarta Sans Project Authors" in licence
