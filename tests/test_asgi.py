"""The ASGI entrance: a request changes once into its thread and stays there."""

from __future__ import annotations

from asgiref.sync import iscoroutinefunction

from rakor.asgi import application


def test_middleware_and_view_run_in_one_go() -> None:
    assert not iscoroutinefunction(application._middleware_chain)
    assert [method for method in application._view_middleware if iscoroutinefunction(method)] == []
