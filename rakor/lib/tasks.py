"""The one way to declare a background task: late acknowledgement, a time limit, no retry (that lives in rows)."""

from collections.abc import Callable
from typing import Any

from celery import shared_task


def task(*, limit: int = 60) -> Callable[[Callable[..., Any]], Any]:
    """Makes a Celery task that is given up after `limit` seconds; enqueue it with `delay_on_commit(ids…)`.

    The row is the truth and the queue only a hint: a task fetches its row, returns when there is nothing to do,
    calls one verb; a second run changes nothing. A periodic sweep calls it again for rows that are due.
    """

    def decorate(function: Callable[..., Any]) -> Any:
        return shared_task(
            acks_late=True,
            reject_on_worker_lost=True,
            ignore_result=True,
            max_retries=0,
            soft_time_limit=limit,
            time_limit=limit + 10,
        )(function)

    return decorate
