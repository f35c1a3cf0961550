"""`kabar reconcile`: settle doubts and go on where a run was lost, now instead of at the next hour."""

from __future__ import annotations

import argparse

from kabar.commands.terminal import say
from kabar.local.airflow_api import AirflowAPI, Login
from kabar.settings import Settings

DAG_ID = "reconcile_posts"


def reconcile(options: argparse.Namespace, settings: Settings) -> None:
    """Start a run of the hourly DAG, for one package or for all, and say where it can be watched."""
    api = AirflowAPI(Login.from_environment(settings))
    run_id = api.trigger(DAG_ID, conf={} if options.package is None else {"package": options.package})
    say(f"Reconciling: {api.address}/dags/{DAG_ID}/runs/{run_id}")
    say("What stays open is in Meja Humas, Belum pasti, with its evidence.")
