"""Show a mistake in `include/` as an import error of its own, so that it stops nothing else.

Reads every table and calendar strictly. A broken file is named here with its line and remedy, while
`tahapan.py` goes on with the calendars that can be read. This file makes no DAG; but Airflow reads only files
in which the words "airflow" and "dag" occur, so this sentence is what makes it run.
"""

from kabar.orchestration.tables import check_include
from kabar.settings import Settings

check_include(Settings.from_environment())
