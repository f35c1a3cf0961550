"""The one place where an error becomes a retry. Nothing that creates a post is ever retried."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk.definitions.retry_policy import ExceptionRetryPolicy, RetryAction, RetryRule

from kabar.errors import KabarError, PausedError, UnreachableError

#: For tasks that only read and write our own tables; `retries` on the task bounds it.
READS = ExceptionRetryPolicy(
    rules=[
        RetryRule(exception=PausedError, action=RetryAction.RETRY, retry_delay=timedelta(minutes=15)),
        RetryRule(exception=UnreachableError, action=RetryAction.RETRY, retry_delay=timedelta(minutes=2)),
        RetryRule(exception=KabarError, action=RetryAction.FAIL),
    ]
)
