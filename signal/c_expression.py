"""C expressions as data: what a feature's value is, which kernels it calls and which variables it reads.

The code generator writes an expression with ``str``. Whoever wants to know what it calls or reads asks
:attr:`Expression.functions` and :attr:`Expression.variables`; the text is not parsed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .node import Node

__all__ = ["Call", "Constant", "Expression", "Variable", "as_float", "call"]


class Expression:
    """A C expression. Subtraction, addition and indices make larger ones.

    Examples
    --------
    >>> level, at = Variable("level"), Variable("at")
    >>> peak = call("tussis_octaves", level[at] - call("tussis_smallest", level, Constant("N")))
    >>> str(peak)
    'tussis_octaves(level[at] - tussis_smallest(level, N))'
    >>> peak.functions
    ('tussis_octaves', 'tussis_smallest')
    """

    @property
    def parts(self) -> tuple[Expression, ...]:
        """The expressions that this one consists of, in their order in the text."""
        return ()

    def walk(self) -> Iterator[Expression]:
        """Yield this expression and all that it consists of, in the order of the text."""
        yield self
        for part in self.parts:
            yield from part.walk()

    @property
    def functions(self) -> tuple[str, ...]:
        """Names of the C functions it calls, in their order in the text."""
        return tuple(part.function for part in self.walk() if isinstance(part, Call))

    @property
    def variables(self) -> frozenset[Variable]:
        """Variables it reads, and those that their declarations read."""
        found: set[Variable] = set()
        waiting = [part for part in self.walk() if isinstance(part, Variable)]
        while waiting:
            variable = waiting.pop()
            if variable not in found:
                found.add(variable)
                waiting += variable.reads
        return frozenset(found)

    def __sub__(self, other: Expression | int) -> Expression:
        return _Operation("-", self, _expression(other))

    def __add__(self, other: Expression | int) -> Expression:
        return _Operation("+", self, _expression(other))

    def __getitem__(self, index: Expression | int) -> Expression:
        return _Element(self, _expression(index))

    def member(self, name: str) -> Expression:
        """Member of a struct."""
        return _Member(self, name)

    @property
    def address(self) -> Expression:
        """Address of an object."""
        return _Address(self)


@dataclass(frozen=True)
class Constant(Expression):
    """A number or the name of a constant."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Variable(Expression):
    """A variable of the generated function.

    Attributes
    ----------
    name : str
        Name of the variable in the C.
    declaration : str
        C statement that declares it; empty for one that is there anyway.
    reads : tuple of Variable
        Variables that the declaration uses.
    node : Node, optional
        Shared work that the declaration does or reads.
    """

    name: str
    declaration: str = ""
    reads: tuple[Variable, ...] = ()
    node: Node | None = None

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Call(Expression):
    """A call of a C kernel."""

    function: str
    arguments: tuple[Expression, ...]

    @property
    def parts(self) -> tuple[Expression, ...]:
        """Its arguments."""
        return self.arguments

    def __str__(self) -> str:
        return f"{self.function}({', '.join(map(str, self.arguments))})"


@dataclass(frozen=True)
class _Element(Expression):
    array: Expression
    index: Expression

    @property
    def parts(self) -> tuple[Expression, ...]:
        return self.array, self.index

    def __str__(self) -> str:
        return f"{self.array}[{self.index}]"


@dataclass(frozen=True)
class _Member(Expression):
    struct: Expression
    name: str

    @property
    def parts(self) -> tuple[Expression, ...]:
        return (self.struct,)

    def __str__(self) -> str:
        return f"{self.struct}.{self.name}"


@dataclass(frozen=True)
class _Address(Expression):
    of: Expression

    @property
    def parts(self) -> tuple[Expression, ...]:
        return (self.of,)

    def __str__(self) -> str:
        return f"&{self.of}"


@dataclass(frozen=True)
class _AsFloat(Expression):
    of: Expression

    @property
    def parts(self) -> tuple[Expression, ...]:
        return (self.of,)

    def __str__(self) -> str:
        return f"(float){self.of}"


@dataclass(frozen=True)
class _Operation(Expression):
    operator: str
    left: Expression
    right: Expression

    @property
    def parts(self) -> tuple[Expression, ...]:
        return self.left, self.right

    def __str__(self) -> str:
        right = f"({self.right})" if isinstance(self.right, _Operation) else f"{self.right}"
        return f"{self.left} {self.operator} {right}"


def call(function: str, *arguments: Expression | int) -> Call:
    """Call a kernel; integers stand for themselves."""
    return Call(function, tuple(map(_expression, arguments)))


def as_float(value: Call) -> Expression:
    """Convert the result of a kernel to float."""
    return _AsFloat(value)


def _expression(value: Expression | int) -> Expression:
    return value if isinstance(value, Expression) else Constant(str(value))
