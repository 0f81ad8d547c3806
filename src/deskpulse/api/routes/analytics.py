"""Ready compositions: one route for each of the catalogue, and several in one call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, create_model

from deskpulse.analytics.compose import COMPOSITIONS
from deskpulse.analytics.model import Composition
from deskpulse.api.formats import FORMATS, accepted, answer, is_held, not_modified, tag, unacceptable
from deskpulse.api.model import DeskDep, Json, PrincipalDep, Subject
from deskpulse.core.errors import DeskpulseError, LimitError

router = APIRouter(default_response_class=Json)
_PERIOD = "30d, last_month, …; or give from and to. The data's last 30 days when left out."


class Asked(BaseModel):
    """What every composition can be asked."""

    model_config = ConfigDict(populate_by_name=True)

    where: list[str] = Field(
        default_factory=list, description="Filters, ANDed.", examples=[["channel in [email, chat]"]]
    )
    segment: str | None = Field(None, description="A saved segment that the rows must meet.")
    timezone: str | None = Field(None, description="IANA zone of the days; the workspace's when left out.")
    exact: bool = Field(False, description="Answer from the rows alone, never from a rollup.")
    format: str | None = Field(None, pattern="^(json|csv|arrow)$", description="Instead of the Accept header.")

    def spec(self) -> dict[str, Any]:
        """Return it with the names that compositions know."""
        return self.model_dump(by_alias=True, exclude={"format"}, exclude_none=True)


class AskedOver(Asked):
    """What compositions over a period can be asked."""

    period: str | None = Field(None, description=_PERIOD, examples=["30d"])
    start: str | None = Field(None, alias="from", description="First moment, ISO.")
    end: str | None = Field(None, alias="to", description="End, ISO, not included.")
    compare: str | None = Field(None, description="previous, year, target, peers or segment:NAME.")


class AskedByName(BaseModel):
    """One composition of a batch: its name and its options."""

    name: str = Field(description="Name from /catalog/analytics.", examples=["performance"])
    options: dict[str, Any] = Field(default_factory=dict, description="As the composition's own route takes them.",
                                    examples=[{"period": "30d", "by": "agent"}])  # fmt: skip


class Batch(BaseModel):
    """Several compositions in one call."""

    requests: list[AskedByName]


@router.get("/catalog/analytics")
def catalog_analytics(desk: DeskDep) -> dict[str, Any]:
    """List every composition: its address, what it tells, its sections and its options."""
    return {"compositions": desk.compositions()}


@router.post("/analytics/batch")
def analytics_batch(desk: DeskDep, principal: PrincipalDep, batch: Batch) -> Response:
    """Answer several compositions in one call, in order; one that cannot be answered has an `error` in its place."""
    most = desk.settings.analytics_max_batch
    if len(batch.requests) > most:
        raise LimitError(f"A batch holds at most {most} compositions, not {len(batch.requests)}.",
                         setting="analytics_max_batch")  # fmt: skip
    results: list[dict[str, Any]] = []
    for asked in batch.requests:
        try:
            results.append(desk.analytics(principal, asked.name, asked.options).as_dict())
        except DeskpulseError as error:
            told = {"code": error.code, "status": error.status, "message": error.message, "hint": error.hint}
            results.append({"error": told})
    return Json({"results": results})


def _parameters(composition: Composition) -> type[Asked]:
    """Return the parameters of a composition's route."""
    fields: dict[str, Any] = {}
    if composition.by:
        about = f"Dimension to cut by; {', '.join(composition.by)} when left out."
        fields["by"] = (list[str], Field(default_factory=list, description=about, examples=[[*composition.by]]))
    for option in composition.options:
        kind = int if option.kind == "whole" else str
        shown = [option.example] if option.example is not None else None
        least = option.least if option.kind == "whole" else None
        fields[option.name] = (kind | None, Field(None, description=option.about, examples=shown, ge=least))
    base = Asked if composition.is_now else AskedOver
    title = "".join(part.capitalize() for part in composition.name.replace("/", "-").split("-"))
    return create_model(f"{title}Asked", __base__=base, **fields)


def _route(composition: Composition) -> Callable[..., Response]:
    parameters = _parameters(composition)
    known = {"workspace", *(field.alias or name for name, field in parameters.model_fields.items())}

    def endpoint(
        request: Request,
        desk: DeskDep,
        principal: PrincipalDep,
        asked: Asked,
    ) -> Response:
        # Names that the route does not know go on, so that a misspelt one is refused and not passed over.
        unknown = {name: value for name, value in request.query_params.items() if name not in known}
        spec = {**asked.spec(), **unknown}
        kind, etag = accepted(request, asked.format), tag(desk.fingerprint(principal), composition.name, spec)
        if is_held(request, etag):
            return not_modified(etag)
        if kind is None:
            return unacceptable()
        name = composition.name.replace("/", "-")
        return answer(desk.analytics(principal, composition.name, spec), kind, name, etag)

    endpoint.__annotations__["asked"] = Annotated[parameters, Query()]
    return endpoint


def _about(composition: Composition) -> str:
    sections = "\n".join(f"- `{s.name}`: {s.about}" for s in composition.sections)
    return (
        f"{composition.about}\n\nSections:\n\n{sections}\n\nEach value has its `n` and the `link` to its rows; no data "
        "is null, with the reason in `missing` or `reason`; metrics that cannot be asked so are in `left_out`."
    )


for _composition in COMPOSITIONS.values():
    router.add_api_route(
        _composition.path, _route(_composition), methods=["GET"], summary=_composition.label,
        description=_about(_composition), responses=FORMATS, name=_composition.name.replace("/", "_"),
        operation_id=f"analytics_{_composition.name.replace('/', '_').replace('-', '_')}",
    )  # fmt: skip

ANALYTICS = Subject(name="analytics", about="Ready compositions: performance, trends, leaderboards …", router=router)
