from __future__ import annotations

import difflib
import sys
from pathlib import Path

import pytest

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
sys.path.insert(0, str(GOLDEN))

from rewrite import golden_texts  # noqa: E402  The folder of golden files is no package.

TEXTS = golden_texts()


@pytest.mark.parametrize("file", TEXTS, ids=lambda file: str(file.relative_to(GOLDEN)))
def test_a_message_reads_as_it_was_reviewed(file: Path) -> None:
    reviewed = file.read_text(encoding="utf-8") if file.exists() else ""
    difference = difflib.unified_diff(
        reviewed.splitlines(), TEXTS[file].splitlines(), "as reviewed", "as written now", lineterm="", n=2
    )
    remedy = "If these words are better, run tests/golden/rewrite.py and commit them."
    assert TEXTS[file] == reviewed, "\n".join([remedy, *difference])


def test_no_golden_file_is_left_of_a_stage_that_is_gone() -> None:
    assert set(GOLDEN.rglob("*.txt")) == set(TEXTS)


def test_the_golden_files_hold_every_kind_of_message_of_a_province_a_kip_and_a_kabupaten_in_wit() -> None:
    heads = [line for text in TEXTS.values() for line in text.splitlines() if line.startswith("────────")]
    seen = {(head.split(" · ")[1], head.split(" · ")[2]) for head in heads}
    kinds = ("pengumuman", "edukasi", "pengingat", "hari_h", "penutup")
    assert {(kind, code) for kind in kinds for code in ("51", "1101", "9502")} <= seen
