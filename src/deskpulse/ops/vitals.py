"""How this process and its machine do: processor, memory, disk, network."""

from __future__ import annotations

import os
import shutil
import threading
import time
from pathlib import Path
from typing import Any

import psutil

LEAST_SECONDS = 1.0
"""The processor's load is counted over at least this long: shorter readings are noise."""


class Vitals:
    """Readings of the machine, at most one a second; safe among threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process = psutil.Process()
        self._lock = threading.Lock()
        self._read_at = time.monotonic()
        self._load = (0.0, 0.0)
        psutil.cpu_percent()  # the first reading of both tells nothing; later ones tell of the time since
        self._process.cpu_percent()

    def read(self) -> dict[str, Any]:
        """Return `process`, `machine`, `disk` and `network`; shares are 0 to 1, sizes bytes, counts since the boot."""
        with self._lock:
            if time.monotonic() - self._read_at >= LEAST_SECONDS:
                self._load = (self._process.cpu_percent(), psutil.cpu_percent())
                self._read_at = time.monotonic()
            own, whole = self._load
        memory, disk = psutil.virtual_memory(), shutil.disk_usage(self._folder)
        traffic = psutil.net_io_counters()
        return {
            "process": {"pid": os.getpid(), "cpu_share": own / 100 / (psutil.cpu_count() or 1),
                        "memory_bytes": self._process.memory_info().rss, "threads": self._process.num_threads()},
            "machine": {"cpus": psutil.cpu_count(), "cpu_share": whole / 100, "memory_bytes": memory.total,
                        "memory_share": memory.percent / 100},
            "disk": {"bytes": disk.total, "free_bytes": disk.free, "used_share": disk.used / disk.total},
            "network": None if traffic is None else {
                "sent_bytes": traffic.bytes_sent, "received_bytes": traffic.bytes_recv,
                "errors": traffic.errin + traffic.errout},
        }  # fmt: skip
