"""An ARM ELF image as the emulated board and the memory report read it: segments, sections, symbols."""

from __future__ import annotations

import bisect
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import ARMAttributesSection, SymbolTableSection

from ...data.input_error import InputError, reading

__all__ = ["ElfImage", "Section", "Segment", "Symbol", "load_elf", "load_object"]

_LARGEST_SEGMENT = 1 << 26
_SHF_WRITE, _SHF_ALLOC, _SHF_EXECINSTR = 0x1, 0x2, 0x4


@dataclass(frozen=True)
class Segment:
    """One loadable piece: where it runs, where it is stored, its bytes and its size in memory."""

    address: int
    load_address: int
    data: bytes
    memory_bytes: int
    executable: bool


@dataclass(frozen=True)
class Section:
    """One allocated section; `stored` is true when its bytes are in the image (not .bss)."""

    name: str
    address: int
    size: int
    writable: bool
    executable: bool
    stored: bool


@dataclass(frozen=True)
class Symbol:
    """One named function or object; `address` has no Thumb bit; `unit` is the source file it came from."""

    name: str
    address: int
    size: int
    is_function: bool
    section: str
    unit: str


@dataclass(frozen=True)
class ElfImage:
    """What :func:`load_elf` read; addresses are bytes in the core's memory map."""

    path: Path
    entry: int
    segments: tuple[Segment, ...]
    sections: tuple[Section, ...]
    symbols: tuple[Symbol, ...]
    addresses: dict[str, int]
    hard_float: bool
    _starts: list[int] = field(default_factory=list, repr=False)
    _functions: list[Symbol] = field(default_factory=list, repr=False)
    _marks: list[tuple[int, bool]] = field(default_factory=list, repr=False)

    def address(self, name: str) -> int:
        """Return the address of symbol `name`; :class:`InputError` names close spellings if it is missing."""
        try:
            return self.addresses[name]
        except KeyError:
            import difflib

            close = difflib.get_close_matches(name, self.addresses, n=3)
            remedy = f"did you mean {', '.join(close)}?" if close else "the image must keep its symbol table"
            raise InputError(self.path, "no such symbol", field=name, remedy=remedy) from None

    def function_at(self, address: int) -> Symbol | None:
        """Return the function that holds `address`, or None outside every function."""
        place = bisect.bisect_right(self._starts, address) - 1
        if place < 0:
            return None
        symbol = self._functions[place]
        end = symbol.address + symbol.size
        if symbol.size == 0:  # assembly without .size: up to the next function
            end = self._starts[place + 1] if place + 1 < len(self._starts) else address + 1
        return symbol if address < end else None

    def function_start(self, address: int) -> int:
        """Return the start of the function holding `address`, or the nearest symbol below, or 0."""
        place = bisect.bisect_right(self._starts, address) - 1
        return self._starts[place] if place >= 0 else 0

    def code_spans(self, symbol: Symbol) -> list[tuple[int, int]]:
        """First address and end of each stretch of instructions in a function, without its literal pools.

        The symbols ``$t`` and ``$d`` of Arm's ELF say where code and data begin; without them all is code.
        """
        end = symbol.address + symbol.size
        first = bisect.bisect_right(self._marks, (symbol.address, True))
        inside = self._marks[first : bisect.bisect_left(self._marks, (end, False))]
        is_data = bool(first) and self._marks[first - 1] == (symbol.address, True)
        spans, start = [], symbol.address
        for address, data in [*inside, (end, True)]:
            if not is_data and address > start:
                spans.append((start, address))
            start, is_data = address, data
        return spans

    def place_name(self, address: int) -> str:
        """Return ``function+0x12 (0x8000012)`` for messages."""
        symbol = self.function_at(address)
        if symbol is None:
            return f"0x{address:08x}"
        return f"{symbol.name}+0x{address - symbol.address:x} (0x{address:08x})"


def load_elf(path: str | os.PathLike[str]) -> ElfImage:
    """Read a 32-bit little-endian ARM executable.

    Parameters
    ----------
    path
        The ELF file, linked (not an object file), with its symbol table.

    Returns
    -------
    ElfImage
        Segments, sections and symbols, in address order.

    Raises
    ------
    InputError
        The file is missing, is not an ELF, is for another machine, or holds nothing to load.
    """
    return _open(Path(path), _read)


def load_object(path: str | os.PathLike[str]) -> tuple[Symbol, ...]:
    """Return the functions and objects that a relocatable ARM object file defines, in address order.

    Raises
    ------
    InputError
        The file is missing or no object file.
    """
    return _open(Path(path), lambda _, elf: tuple(_symbols(elf, _section_names(elf))[0]))


_Found = TypeVar("_Found")


def _open(source: Path, read: Callable[[Path, ELFFile], _Found]) -> _Found:
    try:
        with reading(source), source.open("rb") as stream:
            return read(source, ELFFile(stream))
    except (ELFError, UnicodeDecodeError, AttributeError, KeyError, TypeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            source, f"not a readable ELF file ({error})", remedy="give the linked .elf"
        ) from error


def _read(source: Path, elf: ELFFile) -> ElfImage:
    if elf["e_machine"] != "EM_ARM" or elf.elfclass != 32 or not elf.little_endian:
        raise InputError(
            source,
            f"is for {elf['e_machine']}, {elf.elfclass} bit, not 32-bit little-endian ARM",
            remedy="cross-compile it for the Cortex-M33",
        )
    segments = tuple(
        Segment(s["p_vaddr"], s["p_paddr"], bytes(s.data()), s["p_memsz"], bool(s["p_flags"] & 1))
        for s in elf.iter_segments()
        if s["p_type"] == "PT_LOAD" and s["p_memsz"]
    )
    if not segments:
        raise InputError(source, "holds no loadable segment", remedy="link it: an object file cannot run")
    largest = max(segments, key=lambda s: s.memory_bytes)
    if largest.memory_bytes > _LARGEST_SEGMENT or largest.address + largest.memory_bytes > 1 << 32:
        raise InputError(
            source,
            f"has a segment of {largest.memory_bytes} bytes at 0x{largest.address:08x}",
            remedy="no microcontroller holds it: the file is damaged, or no firmware",
        )
    names: list[Section] = []
    for section in elf.iter_sections():
        flags = section["sh_flags"]
        if flags & _SHF_ALLOC and section["sh_size"]:
            names.append(
                Section(
                    section.name,
                    section["sh_addr"],
                    section["sh_size"],
                    bool(flags & _SHF_WRITE),
                    bool(flags & _SHF_EXECINSTR),
                    section["sh_type"] != "SHT_NOBITS",
                )
            )
    symbols, addresses = _symbols(elf, _section_names(elf))
    functions = _unique_functions(symbols)
    return ElfImage(
        path=source,
        entry=elf["e_entry"] & ~1,
        segments=segments,
        sections=tuple(names),
        symbols=tuple(symbols),
        addresses=addresses,
        hard_float=_hard_float(elf),
        _starts=[f.address for f in functions],
        _functions=functions,
        _marks=_marks(elf),
    )


def _section_names(elf: ELFFile) -> dict[int, str]:
    return {index: section.name for index, section in enumerate(elf.iter_sections())}


def _symbols(elf: ELFFile, by_index: dict[int, str]) -> tuple[list[Symbol], dict[str, int]]:
    table = elf.get_section_by_name(".symtab")
    symbols: list[Symbol] = []
    addresses: dict[str, int] = {}
    unit = ""
    for entry in table.iter_symbols() if isinstance(table, SymbolTableSection) else ():
        kind, bind = entry["st_info"]["type"], entry["st_info"]["bind"]
        if kind == "STT_FILE":
            unit = entry.name
            continue
        index = entry["st_shndx"]
        if not entry.name or index == "SHN_UNDEF" or entry.name.startswith("$"):
            continue
        is_function = kind == "STT_FUNC"
        address = entry["st_value"] & ~1 if is_function else entry["st_value"]
        if bind == "STB_LOCAL":
            addresses.setdefault(entry.name, address)
        else:
            addresses[entry.name] = address
        if kind in ("STT_FUNC", "STT_OBJECT"):
            section = by_index.get(index, "") if isinstance(index, int) else ""
            where = unit if bind == "STB_LOCAL" else ""
            symbols.append(Symbol(entry.name, address, entry["st_size"], is_function, section, where))
    symbols.sort(key=lambda s: (s.address, s.name))
    return symbols, addresses


def _marks(elf: ELFFile) -> list[tuple[int, bool]]:
    """Addresses where instructions or data begin, and whether it is data, in address order."""
    table = elf.get_section_by_name(".symtab")
    entries = table.iter_symbols() if isinstance(table, SymbolTableSection) else ()
    kinds = {"$t": False, "$a": False, "$d": True}
    return sorted((e["st_value"] & ~1, kinds[e.name[:2]]) for e in entries if e.name[:2] in kinds)


def _unique_functions(symbols: list[Symbol]) -> list[Symbol]:
    """Keep one name per address (aliases): the one with a size, then the first in the alphabet."""
    best: dict[int, Symbol] = {}
    for symbol in symbols:
        if symbol.is_function:
            held = best.get(symbol.address)
            if held is None or (held.size == 0 and symbol.size):
                best[symbol.address] = symbol
    return [best[a] for a in sorted(best)]


def _hard_float(elf: ELFFile) -> bool:
    """Say whether floats travel in FPU registers (the VFP_args build attribute, or the ELF header flag)."""
    if elf["e_flags"] & 0x400:
        return True
    section = elf.get_section_by_name(".ARM.attributes")
    if not isinstance(section, ARMAttributesSection):
        return False
    try:
        for attribute in section.subsections[0].subsubsections[0].iter_attributes():
            if attribute.tag == "TAG_ABI_VFP_ARGS":
                return bool(attribute.value)
    except (AttributeError, IndexError):
        return False
    return False
