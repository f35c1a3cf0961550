"""What Kabar Tahapan adds to Airflow: the timetable of tonggak and the pages of Meja Humas.

The only file of this folder that Airflow executes, and it does so in every task process too. Importing the
pages costs more than two seconds, so they are imported by the first request, which only the api-server gets.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from airflow.configuration import conf
from airflow.plugins_manager import AirflowPlugin

# The scheduler's workers are forked from it, so what is imported here need not be imported by each task: an
# approval reaches its publishing task a second sooner.
from kabar.orchestration import aftermath, flow  # noqa: F401 -- See above.
from kabar.orchestration.timetable import TonggakTimetable

PREFIX = "/meja-humas"


class LateDesk:
    """The ASGI app of Meja Humas, imported when somebody first asks for a page."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 -- ASGI leaves them open.
        """Hand one request on to the pages."""
        from kabar.desk.app import installed_desk  # noqa: PLC0415 -- Late on purpose, see the module's docstring.
        from kabar.orchestration.today import Today  # noqa: PLC0415 -- As above.

        await installed_desk(Today)(scope, receive, send)


def _below_base_url(path: str) -> str:
    """Where `path` of the api-server stands when Airflow is served below a prefix of its own."""
    return urlsplit(conf.get("api", "base_url", fallback="")).path.rstrip("/") + path


class KabarPlugin(AirflowPlugin):
    """The timetable, the desk in the navigation, and each run's link to its package."""

    # The lists below are class attributes because Airflow declares and reads them so.
    name = "kabar_tahapan"
    timetables = [TonggakTimetable]  # noqa: RUF012 -- See above.
    fastapi_apps = [  # noqa: RUF012 -- See above.
        {"app": LateDesk(), "url_prefix": PREFIX, "name": "Meja Humas"}
    ]
    external_views = [  # noqa: RUF012 -- See above.
        {
            # Airflow's navigation cuts a longer name; the page itself says Meja Humas.
            "name": "Humas",
            "href": _below_base_url(f"{PREFIX}/"),
            "destination": "nav",
            "url_route": "meja-humas",
            "nav_top_level": True,
        },
        {
            "name": "Draf",
            "href": _below_base_url(f"{PREFIX}/run?dag={{DAG_ID}}&run={{RUN_ID}}"),
            "destination": "dag_run",
            "url_route": "draf",
        },
    ]
