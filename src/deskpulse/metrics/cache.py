"""Answers kept for as long as the warehouse stays as it was."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class Cache(Generic[V]):
    """The least recently used values leave first, when there are more than `size` or they weigh more than `most`.

    A size of 0 keeps nothing. Keys carry the warehouse's version, so a value of an older version is never found again
    and leaves in time. Safe among threads.
    """

    def __init__(self, size: int, *, most: int | None = None) -> None:
        self._size = size
        self._most = most
        self._weight = 0
        self._values: OrderedDict[Hashable, tuple[V, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> V | None:
        """Return the value kept under `key`, or None."""
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key][0]

    def put(self, key: Hashable, value: V, weight: int = 1) -> None:
        """Keep `value` under `key`; a value heavier than all may weigh together is not kept."""
        with self._lock:
            if key in self._values:
                self._weight -= self._values.pop(key)[1]
            self._values[key] = (value, weight)
            self._weight += weight
            while len(self._values) > self._size or (self._most is not None and self._weight > self._most):
                self._weight -= self._values.popitem(last=False)[1][1]

    def __len__(self) -> int:
        with self._lock:
            return len(self._values)
