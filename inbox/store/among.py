"""`among(column, many("ids"))`: one of many values that are bound as one.

A list bound value by value is written out and read anew each time, which takes longer than finding the rows.
"""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, BindParameter, Text, bindparam
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType, TypeDecorator, TypeEngine


class _Many(TypeDecorator[Sequence[Any]]):
    """An array on PostgreSQL, a JSON text on SQLite."""

    impl = Text
    cache_ok = True

    def __init__(self, of: type[TypeEngine[Any]] = BigInteger) -> None:
        super().__init__()
        self.of = of

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(postgresql.ARRAY(self.of) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Sequence[Any] | None, dialect: Dialect) -> Any:
        return list(value or ()) if dialect.name == "postgresql" else json.dumps(list(value or ()))

    def bind_processor(self, dialect: Dialect) -> Any:
        """Numbers are given to PostgreSQL as their array's text: its driver would look at each of them by itself."""
        if dialect.name == "postgresql" and self.of is BigInteger:
            return _array
        return super().bind_processor(dialect)


def _array(value: Sequence[int] | None) -> str:
    return f"{{{','.join(map(str, value or ()))}}}"


def many(name: str, of: type[TypeEngine[Any]] = BigInteger) -> BindParameter[Any]:
    """A parameter that is a list of numbers, or of texts (`of` Text)."""
    return bindparam(name, type_=_Many(of))


class among(FunctionElement[Any]):
    """True of a column whose value is in the list."""

    name = "among"
    type = NullType()  # of a boolean SQLite would be asked whether it is 1, and look at every row for that
    inherit_cache = True


@compiles(among, "sqlite")
def _sqlite(element: among, compiler: SQLCompiler, **kw: Any) -> str:
    column, values = (compiler.process(one, **kw) for one in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 - both are names


@compiles(among, "postgresql")
def _postgresql(element: among, compiler: SQLCompiler, **kw: Any) -> str:
    column, values = (compiler.process(one, **kw) for one in element.clauses)
    return f"{column} = ANY ({values})"
