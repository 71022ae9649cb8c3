"""Flash, RAM and stack of an image: by section, by object file, by symbol, and whether a device holds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..build.compiler_run import compiled_together
from ..build.project_files import firmware_sources, include_folders, project_root
from ..build.toolchain import Toolchain
from ..emulator.elf_image import ElfImage, Symbol, load_object
from ..emulator.stack import StackPath, read_stack_usage, worst_path
from .devices import Device

__all__ = [
    "MemoryUse",
    "ObjectSize",
    "ProjectBuild",
    "SectionSize",
    "build_measured",
    "build_sleeping",
    "measure_memory",
    "object_sizes",
]


@dataclass(frozen=True)
class SectionSize:
    """Bytes of one section; initialised variables count in both flash and RAM."""

    name: str
    flash_bytes: int
    ram_bytes: int


@dataclass(frozen=True)
class ObjectSize:
    """Bytes that one source file contributes, as linked."""

    name: str
    flash_bytes: int
    ram_bytes: int


@dataclass(frozen=True)
class MemoryUse:
    """What an image needs.

    Attributes
    ----------
    flash_bytes
        Code, constants and the initial values of variables.
    ram_bytes
        Static RAM: variables, the detector's state and its ring of audio; no stack.
    sections, objects
        The same by section, and by source file (largest first).
    largest
        The largest symbols: (name, bytes, in RAM).
    stack
        Deepest call path, from the compiler's frame sizes and the call graph.
    """

    flash_bytes: int
    ram_bytes: int
    sections: tuple[SectionSize, ...]
    objects: tuple[ObjectSize, ...]
    largest: tuple[tuple[str, int, bool], ...]
    stack: StackPath

    def fits(self, device: Device, stack_bytes: int) -> bool:
        """Say whether flash, and static RAM plus `stack_bytes`, fit the device."""
        enough_flash = self.flash_bytes <= device.flash_bytes.value
        return enough_flash and self.ram_bytes + stack_bytes <= device.ram_bytes.value


def measure_memory(
    image: ElfImage,
    entries: Sequence[str],
    *,
    usage: Mapping[str, int] | None = None,
    objects: Mapping[str, Sequence[Symbol]] | None = None,
) -> MemoryUse:
    """Measure a linked image.

    Parameters
    ----------
    image
        The image to measure.
    entries
        Functions that are called from outside; the stack is measured from them.
    usage
        Frame sizes by function name from ``-fstack-usage``; without it they are read from the code.
    objects
        Symbols of each object file (:func:`load_object`), to share the bytes out by source file.

    Raises
    ------
    InputError
        An entry is not a symbol of the image.
    """
    sections = tuple(
        SectionSize(s.name, s.size if s.stored else 0, s.size if s.writable else 0) for s in image.sections
    )
    sized = [s for s in image.symbols if s.size]
    largest = sorted(sized, key=lambda s: (-s.size, s.name))[:20]
    writable = {s.name for s in image.sections if s.writable}
    return MemoryUse(
        flash_bytes=sum(s.flash_bytes for s in sections),
        ram_bytes=sum(s.ram_bytes for s in sections),
        sections=sections,
        objects=object_sizes(image, objects or {}),
        largest=tuple((s.name, s.size, s.section in writable) for s in largest),
        stack=worst_path(image, entries, usage),
    )


def object_sizes(image: ElfImage, objects: Mapping[str, Sequence[Symbol]]) -> tuple[ObjectSize, ...]:
    """Share the bytes of an image out to the object files that define its symbols.

    Bytes of symbols that no object defines are the compiler's library; bytes of no symbol at all (alignment,
    literal pools between functions, the vector of entries) are "(no symbol)". The rows add up to the image.
    """
    stored = {s.name: s.stored for s in image.sections}
    writable = {s.name: s.writable for s in image.sections}
    owner = {(s.name, s.size): name for name, symbols in objects.items() for s in symbols}
    by_name = {s.name: name for name, symbols in objects.items() for s in symbols}
    flash: dict[str, int] = {}
    ram: dict[str, int] = {}
    counted: set[int] = set()
    for symbol in image.symbols:
        if not symbol.size or symbol.section not in stored or symbol.address in counted:
            continue
        counted.add(symbol.address)
        name = owner.get((symbol.name, symbol.size)) or by_name.get(symbol.name) or "(compiler library)"
        if stored[symbol.section]:
            flash[name] = flash.get(name, 0) + symbol.size
        if writable[symbol.section]:
            ram[name] = ram.get(name, 0) + symbol.size
    rest = "(no symbol)"
    flash[rest] = sum(s.size for s in image.sections if s.stored) - sum(flash.values())
    ram[rest] = sum(s.size for s in image.sections if s.writable) - sum(ram.values())
    rows = [ObjectSize(n, flash.get(n, 0), ram.get(n, 0)) for n in {**flash, **ram}]
    return tuple(sorted(rows, key=lambda r: (-r.flash_bytes - r.ram_bytes, r.name)))


@dataclass(frozen=True)
class ProjectBuild:
    """An exported project built for measuring: the image, frame sizes, and whose symbols are whose."""

    elf: Path
    usage: Mapping[str, int]
    objects: Mapping[str, Sequence[Symbol]]


def build_measured(project: Path, toolchain: Toolchain, opt: str = "O2") -> ProjectBuild:
    """Build the ``virtual`` port of a project as `Toolchain.compile_elf` does, and keep its reports.

    Parameters
    ----------
    project
        Folder of an exported project.
    toolchain
        A compiler for the Cortex-M33.
    opt
        Optimisation level, ``"O2"`` and the like.

    Raises
    ------
    InputError
        The folder is not an exported project.
    CompileError
        The compiler refused the code.
    """
    root = project_root(project)
    port = root / "ports" / "virtual"
    include = [*include_folders(root), port]
    sources = [*firmware_sources(root), *sorted(port.glob("*.c"))]
    flags = _STACK_USAGE.get(toolchain.name, ())
    elf = _image(root, toolchain, opt, {})

    def symbols(source: Path) -> tuple[Symbol, ...]:
        return load_object(toolchain.build([source], "object", include=include, opt=opt, extra_flags=flags))

    objects = dict(zip([s.name for s in sources], compiled_together(symbols, sources), strict=True))
    return ProjectBuild(elf, read_stack_usage(elf.parent), objects)


def build_sleeping(project: Path, toolchain: Toolchain, opt: str = "O2") -> Path:
    """Build the same code with what a firmware calls besides whose microphone sleeps.

    Parameters as of `build_measured`; the detector has both models. These functions would count in the flash
    of an image that does not call them, so this one is run only.
    """
    return _image(project_root(project), toolchain, opt, {"TUSSIS_VIRTUAL_WAKE": 1})


def _image(root: Path, toolchain: Toolchain, opt: str, defines: Mapping[str, int]) -> Path:
    port = root / "ports" / "virtual"
    return toolchain.build(
        [*firmware_sources(root), *sorted(port.glob("*.c"))],
        "elf",
        include=[*include_folders(root), port],
        linker_script=next(iter(sorted(port.glob("*.ld")))),
        opt=opt,
        defines=defines,
        extra_flags=_STACK_USAGE.get(toolchain.name, ()),
        link_flags=_KEEP_SYMBOLS.get(toolchain.name, ()),
    )


_STACK_USAGE = {
    "gcc": ("-fstack-usage",)
}  # clang by way of zig leaves no .su files: frames are read from the code
_KEEP_SYMBOLS = {"zig": ("-g",)}  # at -Os zig's linker drops them otherwise
