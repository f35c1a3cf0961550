"""From drawing to picture: format, size, the font, the cache, and the same bytes everywhere."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageChops
from poster_drawing import picture
from writing import Find

from kabar.calendar import Calendar
from kabar.content import Templates
from kabar.content.designs import Designs
from kabar.content.drawing import draw, render
from kabar.content.lettering import FAMILY
from kabar.content.poster import SIZES, Poster, Shape, poster
from kabar.errors import InputError
from kabar.pictures import Pictures
from kabar.satker import Satker
from kabar.settings import REPOSITORY

POSTERS = REPOSITORY / "include" / "posters"
KINDS = ("coklit|H-7", "coklit|H-30", "coklit|akhir-1", "pemungutan-suara|H.0700", "coklit|akhir+1")


@pytest.fixture(scope="module")
def designs() -> Designs:
    return Designs(POSTERS)


@pytest.fixture(scope="module")
def drawn(find: Find, calendars: dict[str, Calendar], templates: Templates, designs: Designs) -> Poster:
    calendar = calendars["pilkada-2024"]
    return poster(find("coklit|H-7"), calendar=calendar, templates=templates, designs=designs)


@pytest.mark.parametrize("shape", SIZES)
@pytest.mark.parametrize("key", KINDS)
def test_a_picture_is_a_jpeg_that_every_platform_takes(
    find: Find,
    calendars: dict[str, Calendar],
    templates: Templates,
    designs: Designs,
    key: str,
    shape: Shape,
) -> None:
    made = render(
        poster(
            find(key), calendar=calendars["pilkada-2024"], templates=templates, designs=designs, shape=shape
        ),
        "jpeg",
    )

    assert len(made) < 300_000
    with Image.open(io.BytesIO(made)) as opened:
        assert (opened.format, opened.mode, opened.size) == ("JPEG", "RGB", SIZES[shape])
        assert not opened.getexif()


def test_a_picture_may_be_png(drawn: Poster) -> None:
    with Image.open(io.BytesIO(render(drawn, "png"))) as opened:
        assert (opened.format, opened.size) == ("PNG", SIZES["portrait"])


def test_another_process_with_other_settings_makes_the_same_bytes(drawn: Poster, tmp_path: Path) -> None:
    (tmp_path / "poster.svg").write_text(drawn.svg, encoding="utf-8")
    program = (
        "import hashlib, sys\n"
        "from pathlib import Path\n"
        "from kabar.content.drawing import render\n"
        "from kabar.content.poster import Poster\n"
        "svg = Path(sys.argv[1]).read_text(encoding='utf-8')\n"
        "made = render(Poster(svg, '', '', Path(sys.argv[2])), 'jpeg')\n"
        "print(hashlib.sha256(made).hexdigest())\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "poster.svg", drawn.fonts],
        env={"PYTHONPATH": os.pathsep.join(sys.path), "HOME": str(tmp_path), "LC_ALL": "C", "TZ": "UTC"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert answer.stdout.strip() == hashlib.sha256(render(drawn, "jpeg")).hexdigest()


def test_letters_are_drawn_with_our_own_font(drawn: Poster) -> None:
    foreign = drawn._replace(svg=drawn.svg.replace(FAMILY, "Huruf yang tidak ada"))

    assert FAMILY in drawn.svg
    assert ImageChops.difference(picture(drawn), picture(foreign)).getbbox() is not None


@pytest.fixture(scope="module")
def many(
    find: Find,
    calendars: dict[str, Calendar],
    templates: Templates,
    designs: Designs,
    satker: dict[str, Satker],
) -> list[Poster]:
    obligation, calendar = find("coklit|H-7"), calendars["pilkada-2024"]
    some = list(satker.values())[:52]
    return [
        poster(obligation._replace(satker=one), calendar=calendar, templates=templates, designs=designs)
        for one in some
    ]


def test_many_posters_are_kept_in_their_order_whatever_process_draws_them(
    many: list[Poster], tmp_path: Path
) -> None:
    pictures = Pictures(tmp_path)

    names = draw(many, pictures, processes=2)

    assert len(set(names)) == len(many)
    for place in (0, 25, 51):
        assert pictures.read(names[place]) == render(many[place], "jpeg")


def test_what_was_drawn_is_not_drawn_again(drawn: Poster, tmp_path: Path) -> None:
    pictures = Pictures(tmp_path)
    first = draw([drawn], pictures)
    written = {file.name: file.stat().st_ino for file in tmp_path.iterdir()}

    assert draw([drawn, drawn], pictures) == first * 2
    assert {file.name: file.stat().st_ino for file in tmp_path.iterdir()} == written


def test_a_picture_that_was_lost_is_drawn_again(drawn: Poster, tmp_path: Path) -> None:
    pictures = Pictures(tmp_path)
    (name,) = draw([drawn], pictures)
    pictures.path(name).unlink()

    assert draw([drawn], pictures) == (name,)
    assert pictures.read(name)


def test_no_posters_need_no_folder(tmp_path: Path) -> None:
    assert draw([], Pictures(tmp_path / "gambar")) == ()
    assert not (tmp_path / "gambar").exists()


@pytest.fixture
def own_designs(tmp_path: Path) -> Path:
    """A folder of drawings with our font and nothing else."""
    fonts = tmp_path / "huruf"
    fonts.mkdir()
    for file in (POSTERS / "huruf").glob("*.ttf"):
        (fonts / file.name).write_bytes(file.read_bytes())
    return tmp_path


@pytest.mark.parametrize(
    ("drawing", "said"),
    [
        ("<svg>\n{{ satkre }}</svg>", "Did you mean satker"),
        ("<svg>\n{{ ''.__class__ }}</svg>", "remove the access to Python"),
        ("<svg>\n{{ satker.__class__.__mro__ }}</svg>", "remove the access to Python"),
        ("<svg>\n{% for one in range(10 ** 9) %}{% endfor %}</svg>", "Range too big"),
        ("<svg>\n{% if satker %}</svg>", "Close every"),
        (
            "<svg>\n{{ fit(satker, width=5, height=5, largest=40, smallest=40).width }}</svg>",
            "finds no room",
        ),
    ],
)
def test_a_broken_drawing_is_one_error_with_its_line(own_designs: Path, drawing: str, said: str) -> None:
    (own_designs / "edukasi.svg.j2").write_text(drawing, encoding="utf-8")

    with pytest.raises(InputError, match=said) as refusal:
        Designs(own_designs).draw("edukasi", {"satker": "KPU Kabupaten Bandung"})

    assert (refusal.value.file, refusal.value.line) == (own_designs / "edukasi.svg.j2", 2)


def test_a_kind_without_a_drawing_is_named(own_designs: Path) -> None:
    with pytest.raises(InputError, match=r"Create edukasi\.svg\.j2"):
        Designs(own_designs).draw("edukasi", {})


def test_a_value_that_a_drawing_writes_itself_is_escaped(own_designs: Path) -> None:
    (own_designs / "edukasi.svg.j2").write_text("<svg>{{ satker }}</svg>", encoding="utf-8")

    drawn = Designs(own_designs).draw("edukasi", {"satker": "<script>&"})

    assert drawn == "<svg>&lt;script&gt;&amp;</svg>"
