"""An element whose whole content is one JSON-able object: given anew, it is drawn anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui.element import Element
from nicegui.events import GenericEventArguments

Handler = Callable[[dict[str, Any]], Any]


class CardElement(Element):
    """Base of our components; `content` is what the component gets as `card`."""

    def __init__(self, content: dict[str, Any]) -> None:
        super().__init__()
        self._props["card"] = content

    @property
    def content(self) -> dict[str, Any]:
        """Return what is shown."""
        found: dict[str, Any] = self._props["card"]
        return found

    def show(self, content: dict[str, Any]) -> None:
        """Show `content` instead; the same content costs nothing."""
        if content != self._props["card"]:
            self._props["card"] = content
            self.update()

    def listen(self, event: str, handler: Handler) -> None:
        """Call `handler` with the event's own object (what the browser sends is checked by the handler)."""

        async def handle(arguments: GenericEventArguments) -> None:
            found = arguments.args
            result = handler(found if isinstance(found, dict) else {})
            if hasattr(result, "__await__"):
                await result

        self.on(event, handle)
