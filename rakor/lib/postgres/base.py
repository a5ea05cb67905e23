"""Connections out of psycopg's pool, none of them dead."""

from __future__ import annotations

import time
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg_pool import ConnectionPool, PoolTimeout

BUSY = 30.0
"""Seconds after which a request gives up although the server is there: it has too much to do."""


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection on which the server answers; PoolTimeout when there is none.

        The pool's own patience counts while the server is away, BUSY while it only has much to do. Where a connection
        is found dead, all dead ones are thrown away at once: psycopg's own check (CONN_HEALTH_CHECKS) takes them one by
        one and waits longer after each, so that ten of them outlast the patience.
        """
        until = time.monotonic() + BUSY
        while True:
            refused = self._refused()
            try:
                connection = super().get_new_connection(conn_params)
            except PoolTimeout:
                if self._refused() > refused or time.monotonic() >= until:
                    raise
                continue
            if self.pool is None:
                return connection
            try:
                ConnectionPool.check_connection(connection)
            except psycopg.Error:
                self.pool.putconn(connection)
                self.pool.check()
            else:
                return connection

    def _refused(self) -> int:
        """How often the pool could not connect so far."""
        return int(self.pool.get_stats().get("connections_errors", 0)) if self.pool is not None else 0

    def answers(self, seconds: float) -> bool:
        """Whether the pool gives a connection and the server answers on it, within so many seconds."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            try:
                self.pool.open()
                with self.pool.connection(timeout=left) as connection:
                    connection.execute("SELECT 1")
                return True
            except PoolTimeout:
                return False
            except psycopg.Error:
                self.pool.check()
        return False
