"""Faults of readers written in other languages, told as ours: damaged files can make them panic."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from deskpulse.core.errors import DeskpulseError


@contextmanager
def told_as(make: Callable[[str], DeskpulseError], *kinds: type[Exception]) -> Iterator[None]:
    """Turn exceptions of these kinds, and panics of native code, into what `make` says of them."""
    try:
        yield
    except DeskpulseError:
        raise
    except kinds as error:
        raise make((str(error).splitlines() or [type(error).__name__])[0]) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # a panic is no Exception, and its class is not exported
            raise
        raise make("its reader gave up") from error
