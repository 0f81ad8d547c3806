"""Leaves out of a query the columns that nobody reads, before Ibis compiles it.

Ibis carries every column of a table through each of its rewrites, and tickets have a hundred: compiling what is read
takes a fraction of the time, and the SQL is shorter for the engine's planner too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import ibis.expr.operations as ops
import ibis.expr.types as ir
from ibis.expr.schema import Schema

_KEPT = (ops.Unnest, ops.Impure)  # they make rows, or differ each time: whether anybody reads them or not
_SAME = (ops.Filter, ops.Sort, ops.Limit, ops.Reference)  # relations that have their parent's columns


def narrowed(table: ir.Table) -> ir.Table:
    """Return `table` with the same columns and rows, made of relations that have no column that nobody reads.

    A relation whose columns count by place (in a union, of distinct rows, the outermost) keeps them all.
    """
    root = table.op()
    order = _from_the_top(root)
    needed: dict[Any, set[str]] = {relation: set() for relation in order}
    needed[root] |= set(root.schema.names)
    for relation in order:
        if not needed[relation]:  # its rows are counted, or it is looked whether there are any
            needed[relation] = set(relation.schema.names[:1])
        _ask(relation, needed)
    new: dict[Any, Any] = {}
    for relation in reversed(order):
        new[relation] = _rebuilt(relation, needed[relation], new)
    return new[root].to_expr()


def _from_the_top(root: Any) -> list[Any]:
    """Return the relations of a query, each before those that it reads."""
    done: dict[Any, None] = {}
    stack: list[tuple[Any, Iterator[Any]]] = [(root, iter(_read_by(root)))]
    begun = {root}
    while stack:
        relation, below = stack[-1]
        for child in below:
            if child not in begun:
                begun.add(child)
                stack.append((child, iter(_read_by(child))))
                break
        else:
            stack.pop()
            done[relation] = None
    return list(reversed(done))


def _read_by(relation: Any) -> list[Any]:
    """Return the relations that `relation` reads, those within its values included."""
    found: dict[Any, None] = {}
    for child in relation.__children__:
        if isinstance(child, ops.Field):
            found[child.rel] = None
        elif isinstance(child, ops.Relation):
            found[child] = None
        else:
            inner = child.predicates if isinstance(child, ops.JoinLink) else (child,)
            if isinstance(child, ops.JoinLink):
                found[child.table] = None
            for value in inner:
                found |= dict.fromkeys(_relations_of(value))
    found.pop(relation, None)
    return list(found)


def _relations_of(value: Any) -> Iterator[Any]:
    for node in value.find(ops.Value, filter=ops.Value):
        yield from (argument for argument in node.args if isinstance(argument, ops.Relation))


def _ask(relation: Any, needed: dict[Any, set[str]]) -> None:
    """Add to `needed` the columns that `relation` reads to give those that are needed of it."""
    mine = needed[relation]
    if isinstance(relation, (*_SAME, ops.DropColumns)):
        needed[relation.parent] |= mine
        extra = getattr(relation, "predicates", getattr(relation, "keys", ()))
        _ask_values(extra, needed)
        if isinstance(relation, ops.Limit):
            _ask_values([n for n in (relation.n, relation.offset) if isinstance(n, ops.Value)], needed)
    elif isinstance(relation, ops.Project):
        _ask_values(_kept(relation.values, mine).values(), needed)
    elif isinstance(relation, ops.Aggregate):
        _ask_values([*relation.groups.values(), *_kept(relation.metrics, mine).values()], needed)
    elif isinstance(relation, ops.JoinChain):
        predicates = [p for link in relation.rest for p in link.predicates]
        _ask_values([*_kept(relation.values, mine).values(), *predicates], needed)
    else:
        for child in _read_by(relation):
            needed[child] |= set(child.schema.names)


def _ask_values(values: Iterable[Any], needed: dict[Any, set[str]]) -> None:
    for value in values:
        for node in (value,) if isinstance(value, ops.Field) else value.find(ops.Value, filter=ops.Value):
            if isinstance(node, ops.Field):
                needed[node.rel].add(node.name)
            elif not isinstance(node, ops.CountStar):  # which counts rows, whatever their columns
                for other in (argument for argument in node.args if isinstance(argument, ops.Relation)):
                    needed[other] |= set(other.schema.names)


def _kept(values: Any, names: set[str]) -> dict[str, Any]:
    """Return those of `values` that are needed."""
    return {
        name: value
        for name, value in values.items()
        if name in names or (not isinstance(value, ops.Field) and value.find(_KEPT, filter=ops.Value))
    }


def _rebuilt(relation: Any, names: set[str], new: dict[Any, Any]) -> Any:
    """Return `relation` with the columns `names`, reading what its sources have become."""
    if isinstance(relation, ops.UnboundTable):
        return _table(relation, names)
    if isinstance(relation, ops.DropColumns):
        parent = new[relation.parent]
        return ops.Project(parent, {n: ops.Field(parent, n) for n in relation.schema.names if n in names})
    if isinstance(relation, ops.Project):
        values = _kept(relation.values, names)
        return ops.Project(new[relation.parent], {name: _moved(value, new) for name, value in values.items()})
    if isinstance(relation, ops.Aggregate):
        metrics = _kept(relation.metrics, names)
        return ops.Aggregate(
            new[relation.parent],
            groups={name: _moved(value, new) for name, value in relation.groups.items()},
            metrics={name: _moved(value, new) for name, value in metrics.items()},
        )
    if isinstance(relation, ops.JoinChain):
        values = _kept(relation.values, names)
        rest = [
            ops.JoinLink(link.how, new[link.table], [_moved(p, new) for p in link.predicates]) for link in relation.rest
        ]
        return ops.JoinChain(new[relation.first], rest, {name: _moved(value, new) for name, value in values.items()})
    return _with_sources(relation, new)


def _with_sources(relation: Any, new: dict[Any, Any]) -> Any:
    changed = {}
    for name, argument in zip(relation.argnames, relation.args, strict=True):
        changed[name] = _argument(argument, new)
    same = all(changed[n] is a for n, a in zip(relation.argnames, relation.args, strict=True))
    return relation if same else relation.__recreate__(changed)


def _argument(argument: Any, new: dict[Any, Any]) -> Any:
    if isinstance(argument, ops.Relation):
        return new[argument]
    if isinstance(argument, ops.Value):
        return _moved(argument, new)
    if isinstance(argument, tuple):
        moved = tuple(_argument(item, new) for item in argument)
        return argument if all(a is b for a, b in zip(argument, moved, strict=True)) else moved
    return argument


def _table(relation: Any, names: set[str]) -> Any:
    every = relation.schema
    spare = next((name for name in every.names if name not in names), None)
    if spare is None:
        return relation
    # One column more than anybody reads: what reads all of a table is written as *, which would give the real one's.
    return relation.copy(schema=Schema({name: every[name] for name in every.names if name in names or name == spare}))


def _moved(value: Any, new: dict[Any, Any]) -> Any:
    """Return `value` reading what its relations have become."""
    if isinstance(value, ops.Field):
        return ops.Field(new[value.rel], value.name)

    def move(node: Any, kwargs: dict[str, Any] | None) -> Any:
        arguments = kwargs or dict(zip(node.argnames, node.args, strict=True))
        moved = {name: new[a] for name, a in arguments.items() if isinstance(a, ops.Relation) and new[a] is not a}
        if moved:
            return node.__recreate__(arguments | moved)
        return node.__recreate__(kwargs) if kwargs else node

    return value.replace(move, filter=ops.Value)
