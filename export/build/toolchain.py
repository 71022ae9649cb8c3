"""The C compilers: one for the Cortex-M33, one for this machine.

For the Cortex-M33 either ``arm-none-eabi-gcc`` with newlib or the ``ziglang`` wheel (clang plus its own
runtime, no libc needed) will do; ``TUSSIS_TOOLCHAIN=gcc`` or ``zig`` forces one. For the host ``cc``, ``gcc``
or ``clang`` from PATH is taken, else ``zig cc``; ``CC`` forces one.

Every build uses the flags of this module and no others, because bits depend on them: ``-ffp-contract=off``
keeps a*b+c two roundings, as NumPy does it, and the target names the single-precision FPU (with the bare CPU
name clang would fall back to software floats).
"""

from __future__ import annotations

import functools
import importlib.util
import os
import platform
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ...data.input_error import InputError
from .build_cache import content_key, kept_folder
from .compiler_run import compiled_together, compiler_version, preprocessed, run_compiler, said_by
from .object_key import files_key, is_told_by_text, text_key
from .project_files import ProjectFolder, firmware_sources, include_folders, port_folder, project_root

ArmName = Literal["gcc", "zig"]
Optimisation = Literal["O2", "O3", "Os"]

WARNINGS = (
    "-Wall", "-Wextra", "-Wconversion", "-Wdouble-promotion", "-Wshadow", "-Wundef",
    "-Wstrict-prototypes", "-Wmissing-prototypes",
)  # fmt: skip
"""Every C file of ours and every file we generate is clean under these; tests add ``-Werror``.

Builds for users do not: a compiler of next year may warn of more, and that must not stop `tussis verify`.
"""

DIALECT = (
    "-std=c11", "-ffp-contract=off", "-fno-math-errno", "-ffunction-sections", "-fdata-sections",
    "-fno-common", "-fomit-frame-pointer",
)  # fmt: skip
"""``-fno-math-errno`` lets ``sqrtf`` become one VSQRT; the value is the same."""

GCC_M33 = ("-mcpu=cortex-m33", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv5-sp-d16")
ZIG_M33 = ("-target", "thumb-freestanding-eabihf", "-mcpu=cortex_m33+dsp+fp_armv8d16sp")
BARE_METAL = ("-fno-exceptions", "-fno-unwind-tables", "-fno-asynchronous-unwind-tables")

FREESTANDING_HEADERS = Path(__file__).resolve().parents[2] / "firmware_stub" / "ports" / "freestanding"
"""``string.h`` and ``math.h`` with the few prototypes the library uses, for compilers that bring none."""


@dataclass(frozen=True)
class Toolchain:
    """One compiler with the flags for one target.

    Attributes
    ----------
    name
        ``"gcc"`` or ``"zig"`` for the Cortex-M33, ``"host"`` for this machine.
    command
        The command that starts the compiler driver.
    target_flags
        Flags that name the CPU and FPU, used for compiling and linking.
    libraries
        What the link ends with.
    version
        First line of ``--version``; part of every cache key.
    """

    name: str
    command: tuple[str, ...]
    target_flags: tuple[str, ...]
    libraries: tuple[str, ...]
    version: str

    @property
    def is_arm(self) -> bool:
        """Whether the output runs on the Cortex-M33 and not here."""
        return self.name != "host"

    def compile_elf(
        self,
        project: ProjectFolder | Path,
        port: str = "virtual",
        opt: str = "O2",
        defines: Mapping[str, str | int] | None = None,
    ) -> Path:
        """Compile an exported project with one of its bare-metal ports into an ELF image.

        Parameters
        ----------
        project
            The exported project, or its folder.
        port
            Folder below ``ports/``: all its ``*.c`` and ``*.S`` files and its one ``*.ld`` script are used.
        opt
            Optimisation level, ``"O0"`` to ``"O3"`` or ``"Os"``.
        defines
            Preprocessor definitions.

        Returns
        -------
        Path
            The ELF file in the build cache. Same input, same path; do not modify it.

        Raises
        ------
        InputError
            The folder is not an exported project, or it has no such port.
        CompileError
            The compiler refused the code, or was killed.
        """
        root = project_root(project)
        folder = port_folder(root, port)
        scripts = sorted(folder.glob("*.ld"))
        if len(scripts) != 1:
            raise InputError(folder, f"holds {len(scripts)} linker scripts (*.ld), needs exactly one")
        return self.build(
            [*firmware_sources(root), *sorted(folder.glob("*.c")), *sorted(folder.glob("*.S"))],
            "elf",
            include=[*include_folders(root), folder],
            linker_script=scripts[0],
            opt=opt,
            defines=defines,
        )

    def compile_shared(
        self,
        project: ProjectFolder | Path,
        port: str = "host",
        opt: str = "O2",
        defines: Mapping[str, str | int] | None = None,
        extra_flags: Sequence[str] = (),
    ) -> Path:
        """Compile a project and its host port into a shared library for `ctypes` (host toolchain only)."""
        root = project_root(project)
        folder = port_folder(root, port)
        sources = [*firmware_sources(root), *(f for f in sorted(folder.glob("*.c")) if f.name != "main.c")]
        return self.build(
            sources,
            "shared",
            include=[*include_folders(root), folder],
            opt=opt,
            defines=defines,
            extra_flags=extra_flags,
        )

    def build(
        self,
        sources: Sequence[Path],
        output: Literal["elf", "shared", "program", "object"],
        *,
        include: Sequence[Path] = (),
        linker_script: Path | None = None,
        opt: str = "O2",
        defines: Mapping[str, str | int] | None = None,
        extra_flags: Sequence[str] = (),
        link_flags: Sequence[str] = (),
    ) -> Path:
        """Compile and link C sources, or return the cached result of the same build.

        Parameters
        ----------
        sources
            C (or ``.S``) files; with ``output="object"`` exactly one.
        output
            ``"elf"``: bare metal with `linker_script`; ``"shared"`` and ``"program"``: for this machine;
            ``"object"``: compile only.
        include
            Folders for ``-I``, in this order.
        linker_script, opt, defines, extra_flags, link_flags
            Options of the compiler; `extra_flags` go to compiling and linking, `link_flags` to linking only.

        Returns
        -------
        Path
            The output in the build cache.
        """
        flags = self._compile_flags(output, opt, defines or {}, extra_flags)
        objects = compiled_together(lambda source: self._object(source, flags, include), sources)
        if output == "object":
            return objects[0]
        link = self._link_flags(output, linker_script, opt, extra_flags, link_flags)
        words = (self.version, *self.command, *(flag for flag in link if not flag.startswith("-Wl,-T")))
        key = content_key(words, [*objects, *([linker_script] if linker_script else [])])
        result = _OUTPUT_NAMES[output]
        return (
            kept_folder(f"{self.name}-{key}", lambda stage: self._link(objects, link, stage / result))
            / result
        )

    def _object(self, source: Path, flags: Sequence[str], include: Sequence[Path]) -> Path:
        """Compile one file, or find it compiled, of the same files or of others with the same text."""
        words = (self.version, *self.command, *flags)
        name = f"{source.stem}.o"
        command = [*self.command, *flags, *(f"-I{folder}" for folder in include)]

        def compile_into(stage: Path) -> None:
            output = stage / name
            run_compiler([*command, "-c", str(source), "-o", str(output)], output)

        def take_into(stage: Path) -> None:
            text = preprocessed(command, source) if is_told_by_text(source, flags) else None
            if text is None:
                compile_into(stage)
                return
            kept = kept_folder(f"{self.name}-{text_key(words, source, text)}", compile_into)
            for file in kept.glob(f"{source.stem}.*"):  # the object, and gcc's frame sizes
                shutil.copy(file, stage)

        key = files_key((*words, *(folder.name for folder in include)), source, include)
        return kept_folder(f"{self.name}-{key}", take_into) / name

    def _link(self, objects: Sequence[Path], flags: Sequence[str], result: Path) -> None:
        libraries = len(flags) - len(self.libraries)
        words = [*flags[:libraries], *map(str, objects), "-o", str(result), *flags[libraries:]]
        run_compiler([*self.command, *words], result)
        for compiled in objects:  # what else the compiler left there: gcc's frame sizes
            for report in compiled.parent.glob("*.su"):
                shutil.copy(report, result.parent)

    def _compile_flags(
        self,
        output: str,
        opt: str,
        defines: Mapping[str, str | int],
        extra: Sequence[str],
    ) -> list[str]:
        position = BARE_METAL if self.is_arm else ("-fPIC",) if output == "shared" else ()
        system = ("-isystem", str(FREESTANDING_HEADERS)) if self.name == "zig" else ()
        return [
            *self.target_flags, f"-{opt}", *DIALECT, *WARNINGS, *position, *system,
            *(f"-D{name}={value}" for name, value in sorted(defines.items())), *extra,
        ]  # fmt: skip

    def _link_flags(
        self, output: str, script: Path | None, opt: str, extra: Sequence[str], link: Sequence[str]
    ) -> list[str]:
        flags = [*self.target_flags, f"-{opt}", *extra, *link]
        if output == "elf":
            if script is None:
                raise ValueError("a bare-metal image needs a linker script")
            flags += ["-nostartfiles", "-static", "-Wl,--gc-sections", f"-Wl,-T,{script}"]
            # nothing is stripped, the virtual board needs the symbols: zig takes --strip-debug for "drop
            # every symbol", and drops them at -Os by itself without -g
            flags += ["-g"] if self.name == "zig" else []
        elif output == "shared":
            flags += ["-shared", *_DEAD_STRIP]
        elif output == "program":
            flags += [*_DEAD_STRIP]
        return [*flags, *self.libraries]


_OUTPUT_NAMES = {
    "elf": "tussis.elf",
    "shared": "libtussis.dylib" if sys.platform == "darwin" else "libtussis.so",
    "program": "tussis",
}
_DEAD_STRIP = ("-Wl,-dead_strip",) if sys.platform == "darwin" else ("-Wl,--gc-sections",)


def find_arm_toolchain(prefer: ArmName | None = None) -> Toolchain:
    """Find a compiler for the Cortex-M33.

    Parameters
    ----------
    prefer
        ``"gcc"`` or ``"zig"``; None follows the environment variable ``TUSSIS_TOOLCHAIN``, else takes gcc
        where it is on PATH and the ziglang wheel where it is not.

    Raises
    ------
    InputError
        Nothing fits; the message says what to install.
    """
    wanted = prefer or os.environ.get("TUSSIS_TOOLCHAIN") or None
    if wanted not in (None, "gcc", "zig"):
        raise InputError(
            "environment", f"{wanted!r} is unknown", field="TUSSIS_TOOLCHAIN", remedy="use gcc or zig"
        )
    if wanted in (None, "gcc"):
        gcc = _arm_gcc()
        if isinstance(gcc, Toolchain):
            return gcc
        if gcc is not None and (wanted or not _zig_command()):
            raise InputError(
                "arm-none-eabi-gcc",
                f"is there and cannot be used: {gcc}",
                remedy="install gcc-arm-none-eabi and libnewlib-arm-none-eabi, or `pip install ziglang`",
            )
    if wanted in (None, "zig") and (zig := _zig_command()):
        return Toolchain("zig", zig, ZIG_M33, (), compiler_version(zig))
    missing = {"gcc": "arm-none-eabi-gcc with newlib", "zig": "the ziglang wheel"}.get(
        wanted or "", "neither arm-none-eabi-gcc nor the ziglang wheel"
    )
    raise InputError(
        "toolchain",
        f"cannot compile for the Cortex-M33: {missing} {'was' if wanted is None else 'not'} found",
        remedy="`pip install ziglang` or install gcc-arm-none-eabi and libnewlib-arm-none-eabi;"
        " see tussis doctor",
    )


def find_host_compiler() -> Toolchain:
    """Find a compiler for this machine: ``CC``, then cc, gcc, clang from PATH, then ``zig cc``.

    Raises
    ------
    InputError
        There is none, or ``CC`` names a program that does not exist.
    """
    named = os.environ.get("CC", "").split()
    if named and shutil.which(named[0]) is None:
        raise InputError(
            "environment",
            f"{named[0]!r} is not a program",
            field="CC",
            remedy="unset it or name a C compiler",
        )
    candidates: Iterable[list[str]] = [named] if named else [["cc"], ["gcc"], ["clang"]]
    for command in candidates:
        if shutil.which(command[0]) and not _is_stub(command[0]):
            return _host(tuple(command))
    if zig := _zig_command():
        return _host(zig)
    raise InputError(
        "toolchain",
        "no C compiler for this machine was found",
        remedy="install gcc or clang, or `pip install ziglang`; see tussis doctor",
    )


def _is_stub(name: str) -> bool:
    """Whether a program only offers to install one: ``/usr/bin/cc`` of macOS without developer tools."""
    if sys.platform != "darwin" or shutil.which(name) != f"/usr/bin/{name}":
        return False
    _, fault = said_by(["xcode-select", "-p"])
    return bool(fault)


def _host(command: tuple[str, ...]) -> Toolchain:
    # x86-64 and arm64 compute floats in SSE/NEON registers; 32-bit x86 needs an option for that.
    flags = ("-msse2", "-mfpmath=sse") if platform.machine() in ("i386", "i686") else ()
    return Toolchain("host", command, flags, ("-lm",), compiler_version(command))


@functools.cache
def _arm_gcc() -> Toolchain | str | None:
    """Find gcc for the Cortex-M33; what is wrong with one that is there; None where there is none."""
    path = shutil.which("arm-none-eabi-gcc")
    if path is None:
        return None
    said, fault = said_by([path, *GCC_M33, "-print-file-name=libc.a"])
    if fault:
        return fault
    if not Path(said).is_absolute():
        return "it has no newlib, whose package is one of its own"
    return Toolchain("gcc", (path,), GCC_M33, ("-lm", "-lc", "-lgcc"), compiler_version((path,)))


def _zig_command() -> tuple[str, ...] | None:
    if importlib.util.find_spec("ziglang") is None:
        return None
    return (sys.executable, "-m", "ziglang", "cc")
