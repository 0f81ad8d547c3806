"""Where DuckDB's functions and operators differ from ClickHouse's: rewritten one by one, meaning kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from deskpulse.core.errors import DeskpulseError
from deskpulse.warehouse.clickhouse.tables import LISTS

Rewrite = Callable[[Any], exp.Expr]
LAST_YEAR = 2299
"""The last year that DateTime64 holds; a later moment written in a query stands for "never" and becomes its end."""
_TRUTHS = (
    exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.And, exp.Or, exp.Not, exp.Is, exp.In, exp.Between, exp.Like,
    exp.Exists, exp.NullSafeEQ, exp.NullSafeNEQ, exp.StartsWith, exp.ArrayContains, exp.ArrayOverlaps, exp.LogicalOr,
    exp.LogicalAnd, exp.Contains,
)  # fmt: skip


def rewritten(tree: exp.Expr) -> exp.Expr:
    """Return `tree` with what ClickHouse writes or means otherwise rewritten, from the leaves up."""
    _name_truths(tree)
    for node in reversed(list(tree.walk(bfs=True))):
        rule = _ANONYMOUS.get(node.name.lower()) if isinstance(node, exp.Anonymous) else _RULES.get(type(node))
        if rule is None:
            continue
        new = rule(node)
        if new is not node:
            if node is tree:
                tree = new
            else:
                node.replace(new)
    return tree


def _name_truths(tree: exp.Expr) -> None:
    """Make what a query shows a Bool where it is true or false, and give every column shown its own name."""
    for select in tree.find_all(exp.Select):
        for item in list(select.expressions):
            shown = item.unalias()
            while isinstance(shown, exp.Paren):
                shown = shown.this
            if isinstance(shown, _TRUTHS):
                shown.replace(_truth(shown.copy()))
            elif (isinstance(item, exp.Column) and not isinstance(item.this, exp.Star)) or isinstance(
                item, exp.Placeholder
            ):
                item.replace(exp.alias_(item.copy(), item.name, quoted=True))


def _call(name: str, *arguments: Any) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=list(arguments))


def _truth(node: exp.Expr) -> exp.Expr:
    return _call("CAST", node, exp.Literal.string("Nullable(Bool)"))


def _is_no_list(value: exp.Expr) -> exp.Expr:
    """Return whether a list is unknown: a list of one unknown text."""
    is_single = _call("length", value.copy()).eq(1)
    return exp.Paren(this=exp.And(this=is_single, expression=_call("has", value.copy(), exp.Null())))


def _list_column(node: exp.Expr) -> bool:
    return isinstance(node, exp.Column) and node.name in LISTS


_TYPES = {
    exp.DataType.Type.TIMESTAMPTZ: "DateTime64(6, 'UTC')", exp.DataType.Type.TEXT: "String",
    exp.DataType.Type.VARCHAR: "String", exp.DataType.Type.DOUBLE: "Float64", exp.DataType.Type.BIGINT: "Int64",
    exp.DataType.Type.INT: "Int64", exp.DataType.Type.BOOLEAN: "Bool", exp.DataType.Type.DATE: "Date32",
}  # fmt: skip


def _cast(node: exp.Cast) -> exp.Expr:
    inner = node.this
    while isinstance(inner, exp.Paren):
        inner = inner.this
    listed = node.to.this in (exp.DataType.Type.ARRAY, exp.DataType.Type.LIST)
    kind = _TYPES.get((node.to.expressions[0] if listed else node.to).this)
    if kind is None:
        raise DeskpulseError(f"The warehouse refused a statement: ClickHouse has no type {node.to.sql('duckdb')}.")
    if isinstance(inner, exp.Placeholder):
        # The type that the statement says wins over the one that the value has: a whole number may stand for a float.
        return exp.Placeholder(this=inner.this, kind=f"Array({kind})" if listed else kind)
    value = _truth(inner.copy()) if isinstance(inner, _TRUTHS) else inner.copy()
    return _call("CAST", value, exp.Literal.string(f"Array(Nullable({kind}))" if listed else f"Nullable({kind})"))


def _quantile(node: exp.Expr) -> exp.Expr:
    value, share = node.expressions if isinstance(node, exp.Anonymous) else (node.this, node.args["expression"])
    return exp.ParameterizedAgg(this="quantileExactInclusive", expressions=[share.copy()], params=[value.copy()])


def _make_moment(node: exp.Anonymous) -> exp.Expr:
    parts = node.expressions
    if len(parts) == 1:
        return _call("fromUnixTimestamp64Micro", parts[0], exp.Literal.string("UTC"))
    year, month, day = (int(p.name) for p in parts[:3])
    text = f"{year:04}-{month:02}-{day:02} 00:00:00" if year <= LAST_YEAR else f"{LAST_YEAR}-12-31 00:00:00"
    return _call("toDateTime64", exp.Literal.string(text), exp.Literal.number(6), exp.Literal.string("UTC"))


def _contains(node: exp.Expr) -> exp.Expr:
    """A list that is bound or written out becomes IN, for which ClickHouse builds a set."""
    items, value = node.this, node.expression
    if isinstance(items, exp.Placeholder | exp.Array):
        return exp.Paren(this=exp.In(this=value.copy(), field=items.copy()))
    return _call("has", items.copy(), value.copy())


def _has_any(node: exp.Expr) -> exp.Expr:
    first, second = node.expressions if isinstance(node, exp.Anonymous) else (node.this, node.expression)
    return _call("if", _is_no_list(first), exp.Null(), _call("hasAny", first.copy(), second.copy()))


def _is(node: exp.Is) -> exp.Expr:
    if isinstance(node.expression, exp.Null) and _list_column(node.this):
        return exp.Paren(this=_is_no_list(node.this))
    return node


def _size(node: exp.ArraySize) -> exp.Expr:
    if _list_column(node.this):
        return _call("if", _is_no_list(node.this), exp.Null(), _call("length", node.this.copy()))
    # Of what was made of an unknown list nothing is counted, though one unknown text stands in it.
    item = exp.to_identifier("item")
    is_known = exp.Lambda(this=_call("isNotNull", exp.Column(this=item.copy())), expressions=[item])
    return _call("arrayCount", is_known, node.this.copy())


def _join(node: exp.Join) -> exp.Expr:
    if node.kind in ("SEMI", "ANTI"):
        node.set("side", "LEFT")
    return node


def _unequal(node: exp.NullSafeNEQ) -> exp.Expr:
    return exp.Paren(this=exp.Not(this=_call("isNotDistinctFrom", node.this.copy(), node.expression.copy())))


def _as_text(node: exp.DPipe) -> exp.Expr:
    return _call("concat", node.this.copy(), node.expression.copy())


def _without_null_branch(node: exp.Case) -> exp.Expr:
    """CASE WHEN a list is unknown THEN NULL ELSE joined lists: lists are never NULL here, and NULL is no list."""
    default = node.args.get("default")
    is_null = all(isinstance(branch.args["true"], exp.Null) for branch in node.args["ifs"])
    return default.copy() if is_null and isinstance(default, exp.ArrayConcat) else node


def _array_aggregate(node: exp.ArrayAgg) -> exp.Expr:
    if isinstance(node.this, exp.Order):
        return _call("arraySort", _call("groupArray", node.this.this.copy()))
    return _call("groupArray", node.this.copy())


def _filter(node: exp.Filter) -> exp.Expr:
    """A filter is of the aggregate, not of the function that was put around it."""
    inner = node.this
    if isinstance(inner, exp.Anonymous) and inner.name == "arraySort":
        narrowed = exp.Filter(this=inner.expressions[0].copy(), expression=node.expression.copy())
        return _call("arraySort", narrowed)
    return node


def _list_filter(node: Any) -> exp.Expr:
    items, condition = node.expressions if isinstance(node, exp.Anonymous) else (node.this, node.expression)
    return _call("arrayFilter", condition.copy(), items.copy())


def _seconds(node: exp.TimeToUnix) -> exp.Expr:
    return exp.Paren(
        this=exp.Div(this=_call("toUnixTimestamp64Micro", node.this.copy()), expression=exp.Literal.number("1e6"))
    )


def _full_match(node: Any) -> exp.Expr:
    text, pattern = node.expressions if isinstance(node, exp.Anonymous) else (node.this, node.expression)
    whole = _call("concat", exp.Literal.string("^(?:"), pattern.copy(), exp.Literal.string(")$"))
    return _call("match", text.copy(), whole)


def _window(node: exp.Window) -> exp.Expr:
    """A row before or after takes no frame."""
    if isinstance(node.this, exp.Lead | exp.Lag):
        node.set("spec", None)
    return node


_RULES: dict[type[Any], Rewrite] = {
    exp.Case: _without_null_branch,
    exp.ArrayAgg: _array_aggregate,
    exp.ArrayFilter: _list_filter,
    exp.Filter: _filter,
    exp.TimeToUnix: _seconds,
    exp.RegexpFullMatch: _full_match,
    exp.Cast: _cast,
    exp.PercentileCont: _quantile,
    exp.Median: lambda n: exp.ParameterizedAgg(
        this="quantileExactInclusive", expressions=[exp.Literal.number("0.5")], params=[n.this.copy()]
    ),
    exp.ArrayContains: _contains,
    exp.ArrayOverlaps: _has_any,
    exp.ArraySize: _size,
    exp.ArrayDistinct: lambda n: _call("arrayDistinct", n.this.copy()),
    exp.Explode: lambda n: _call("arrayJoin", n.this.copy()),
    exp.Unnest: lambda n: _call("arrayJoin", *n.expressions),
    exp.IntDiv: lambda n: _call("intDiv", n.this.copy(), n.expression.copy()),
    exp.Is: _is,
    exp.Join: _join,
    exp.Window: _window,
    exp.Lower: lambda n: _call("lowerUTF8", n.this.copy()),
    exp.NullSafeNEQ: _unequal,
    exp.NullSafeEQ: lambda n: _call("isNotDistinctFrom", n.this.copy(), n.expression.copy()),
    exp.StartsWith: lambda n: _call("startsWith", n.this.copy(), n.expression.copy()),
    exp.LogicalOr: lambda n: _call("max", n.this.copy()),
    exp.LogicalAnd: lambda n: _call("min", n.this.copy()),
    exp.DPipe: _as_text,
}
_ANONYMOUS: dict[str, Rewrite] = {
    "to_hours": lambda n: _call("toIntervalHour", n.expressions[0].copy()),
    "list_filter": _list_filter,
    "epoch_us": lambda n: _call("toUnixTimestamp64Micro", n.expressions[0].copy()),
    "make_timestamptz": _make_moment,
    "list_extract": lambda n: _call("arrayElementOrNull", *(e.copy() for e in n.expressions)),
    "list_has_any": _has_any,
    "list_distinct": lambda n: _call("arrayDistinct", n.expressions[0].copy()),
    "quantile_cont": _quantile,
    "contains": lambda n: _call("position", *(e.copy() for e in n.expressions)) > 0,
}
