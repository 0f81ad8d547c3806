"""Worker processes end with the process that began them."""

from __future__ import annotations

import subprocess
import sys
import time

import psutil

_PARENT = """
import os, sys, time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from deskpulse.core.processes import end_with_parent

if __name__ == "__main__":
    pool = ProcessPoolExecutor(2, mp_context=get_context("spawn"), initializer=end_with_parent)
    print(*{f.result() for f in [pool.submit(os.getpid) for _ in range(8)]}, flush=True)
    time.sleep(60)
"""


def test_workers_end_when_their_parent_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", _PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        workers = [psutil.Process(int(pid)) for pid in parent.stdout.readline().split()]
        assert workers
        assert all(worker.is_running() for worker in workers)
        parent.kill()
    until = time.monotonic() + 20
    while any(_lives(worker) for worker in workers) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(_lives(worker) for worker in workers)


def _lives(worker: psutil.Process) -> bool:
    try:
        return worker.is_running() and worker.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
