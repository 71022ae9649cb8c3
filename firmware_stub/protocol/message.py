"""A message: a class whose attributes are its fields on the wire, in order, little-endian and packed.

A message may end in a tail, an array that takes the rest of it.
"""

from __future__ import annotations

import dataclasses
import struct
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Literal, Self

__all__ = ["Field", "Message", "MessageError", "Tail", "wire"]


class MessageError(ValueError):
    """A payload does not fit the message it claims to be."""


_STRUCT = {"u8": "B", "u16": "H", "u32": "I", "u64": "Q", "f32": "f"}
Kind = Literal["u8", "u16", "u32", "u64", "f32"]


@dataclass(frozen=True)
class Field:
    """One fixed field: its wire type, its unit (or ``""``) and what it means."""

    name: str
    kind: Kind
    unit: str
    text: str

    @property
    def n_bytes(self) -> int:
        """Width on the wire."""
        return struct.calcsize("<" + _STRUCT[self.kind])


@dataclass(frozen=True)
class Tail:
    """The array that ends a message: `item_bytes` per item, 0 to `max_items` of them, never a part of one."""

    name: str
    item: Literal["i16", "imu", "stamped", "char"]
    max_items: int
    unit: str
    text: str

    @property
    def item_bytes(self) -> int:
        """Bytes of one item; an IMU item is six float32, a stamped one has a u32 behind them."""
        return {"i16": 2, "imu": 24, "stamped": 28, "char": 1}[self.item]


def wire(kind: Kind, text: str, unit: str = "", default: float = 0) -> Any:
    """Declare a fixed field: its wire type, what it means, its unit."""
    return dataclasses.field(default=default, metadata={"kind": kind, "unit": unit, "text": text})


class Message:
    """Base of every message: packing and unpacking by the table."""

    code: ClassVar[int]
    sender: ClassVar[Literal["host", "board"]]
    reliable: ClassVar[bool] = False  # repeated by the board until the host acknowledged it
    tail: ClassVar[Tail | None] = None

    @classmethod
    @cache
    def fields(cls) -> tuple[Field, ...]:
        """List the fixed fields in wire order."""
        return tuple(
            Field(f.name, f.metadata["kind"], f.metadata["unit"], f.metadata["text"])
            for f in dataclasses.fields(cls)  # type: ignore[arg-type]
            if "kind" in f.metadata
        )

    @classmethod
    @cache
    def layout(cls) -> struct.Struct:
        """Layout of the fixed fields."""
        return struct.Struct("<" + "".join(_STRUCT[f.kind] for f in cls.fields()))

    @classmethod
    def wire_name(cls) -> str:
        """Name in PROTOCOL.md and in C."""
        return cls.__name__.upper()

    @classmethod
    def max_payload(cls) -> int:
        """Longest payload in bytes."""
        return cls.layout().size + (cls.tail.item_bytes * cls.tail.max_items if cls.tail else 0)

    def payload(self) -> bytes:
        """Bytes of this message's payload."""
        fixed = self.layout().pack(*(getattr(self, f.name) for f in self.fields()))
        return fixed + self._tail_bytes()

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read a payload.

        Raises
        ------
        MessageError
            The length does not fit the table.
        """
        size = cls.layout().size
        rest = len(payload) - size
        tail = cls.tail
        if (
            rest < 0
            or (rest and not tail)
            or (tail and (rest % tail.item_bytes or len(payload) > cls.max_payload()))
        ):
            raise MessageError(f"{cls.wire_name()} cannot have {len(payload)} bytes")
        values = dict(zip((f.name for f in cls.fields()), cls.layout().unpack_from(payload), strict=True))
        if tail:
            values[tail.name] = cls._read_tail(payload[size:])
        return cls(**values)

    def _tail_bytes(self) -> bytes:
        return b""

    @classmethod
    def _read_tail(cls, data: bytes) -> Any:
        raise NotImplementedError
