"""Celery's queue in a folder, for the demo without Redis: a folder that was deleted is made again.

What lay in it is lost, and only there: rows are the truth, sweeps wake the workers for them.
"""

from __future__ import annotations

from pathlib import Path

from kombu.transport import filesystem


class Channel(filesystem.Channel):
    @property
    def data_folder_in(self) -> str:
        return self._folder("data_folder_in")

    @property
    def data_folder_out(self) -> str:
        return self._folder("data_folder_out")

    @property
    def control_folder(self) -> Path:
        """Where it is written which queue gets what; written again when it is gone, else messages find no queue."""
        folder = Path(self.transport_options["control_folder"])
        if not folder.is_dir():
            self._folder("control_folder")
            for queue, exchange, key in list(self.state.bindings):
                binding = self.typeof(exchange).prepare_bind(queue, exchange, key, {})  # type: ignore[no-untyped-call]
                self._queue_bind(exchange, *binding)  # type: ignore[no-untyped-call]
        return folder

    def _folder(self, option: str) -> str:
        folder = str(self.transport_options[option])
        Path(folder).mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder


class Transport(filesystem.Transport):
    Channel = Channel
