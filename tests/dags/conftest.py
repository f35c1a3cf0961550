"""All DAG files as the dag-processor reads them, once a test run."""

from __future__ import annotations

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG

from kabar.settings import REPOSITORY


@pytest.fixture(scope="session")
def bag() -> DagBag:
    """The DAGs of the shipped calendars."""
    return DagBag(str(REPOSITORY / "dags"))


@pytest.fixture(scope="session")
def stage_dags(bag: DagBag) -> list[DAG]:
    """The DAGs that stand for a stage of a calendar."""
    return [dag for dag in bag.dags.values() if "tahapan" in dag.tags]
