"""`python -m kabar.local.clean`: forget everything that the demo has made on this machine."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from kabar.errors import RefusedError
from kabar.local.binaries import ROOT_AREA
from kabar.local.guarded import claimed
from kabar.local.postgres import data_folder
from kabar.settings import Settings


def clean(folder: Path) -> None:
    """Remove the state folder and its database; raises RefusedError while something runs from it."""
    if folder.exists():
        with claimed(folder, "components"), claimed(folder, "postgres"):
            shutil.rmtree(data_folder(folder), ignore_errors=True)
            shutil.rmtree(folder)
    else:
        shutil.rmtree(data_folder(folder), ignore_errors=True)
    if ROOT_AREA.exists() and all(entry.name.startswith("binaries-") for entry in ROOT_AREA.iterdir()):
        # The copied programs serve every installation of the machine; the last one takes them along.
        shutil.rmtree(ROOT_AREA, ignore_errors=True)


def main() -> int:
    """Clean the state folder of this installation; 1 with a sentence when it is in use."""
    try:
        clean(Settings.from_environment().state)
    except RefusedError as error:
        sys.stderr.write(f"make clean: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
