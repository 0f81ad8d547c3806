"""The frame of every page as an element; the page's own elements go inside it."""

from __future__ import annotations

from typing import Any

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from deskpulse.web.components.card import Handler


class Shell(Element, component="shell.js"):
    """Navigation, header, filters; events `period`, `filter` and `values`."""

    def __init__(self, frame: dict[str, Any]) -> None:
        super().__init__()
        self._props["frame"] = frame

    def show(self, **changes: Any) -> None:
        """Show the frame with `changes`."""
        self._props["frame"] = {**self._props["frame"], **changes}
        self.update()

    def listen(self, event: str, handler: Handler) -> None:
        """Call `handler` with the event's own object."""

        async def handle(arguments: GenericEventArguments) -> None:
            found = arguments.args
            result = handler(found if isinstance(found, dict) else {})
            if hasattr(result, "__await__"):
                await result

        self.on(event, handle)
