"""Show a mistake in `include/` as an import error of its own, so that it stops nothing else.

Reads every table and calendar strictly. A broken file is named here with its line and remedy, while
`tahapan.py` goes on with the calendars that can be read.
"""

from kabar.orchestration.tables import Tables
from kabar.settings import Settings

Tables.read(Settings.from_environment())
