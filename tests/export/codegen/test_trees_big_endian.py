"""Trees on a core with the other byte order and no FPU: a MIPS32, compiled by zig and run by Unicorn."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import xgboost
from elftools.elf.elffile import ELFFile
from unicorn import UC_ARCH_MIPS, UC_MODE_BIG_ENDIAN, UC_MODE_MIPS32, Uc
from unicorn.mips_const import UC_MIPS_REG_A0, UC_MIPS_REG_RA, UC_MIPS_REG_SP, UC_MIPS_REG_T9, UC_MIPS_REG_V0

from tussis.export.build.toolchain import FREESTANDING_HEADERS
from tussis.export.codegen.trees import export_trees, read_model_file

CODE, DATA, SIZE = 0x10000, 0x200000, 0x100000
LINK = """
SECTIONS { . = 0x10000; .text : { *(.text*) *(.rodata*) *(.data*) *(.bss*) *(.got*) }
/DISCARD/ : { *(.comment*) *(.debug*) *(.reginfo*) *(.pdr*) *(.MIPS*) *(.gnu*) } }
"""
FLAGS = "-target mips-freestanding-eabi -msoft-float -O2 -fno-pic -mno-abicalls -ffreestanding -Wl,-e,margin"


@pytest.mark.parametrize("deep", [False, True], ids=["padded", "sparse"])
@pytest.mark.parametrize("form", ["table", "compact", "branches", "m2cgen"])
def test_margins_have_the_bits_of_the_reference(form, deep, tmp_path, hard_rows) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(600, 4)).astype(np.float32)
    X[:, 2] = rng.integers(-2, 3, len(X))
    y = X[:, 0] + X[:, 2] > 0
    X[rng.random(X.shape) < 0.2] = np.nan
    fitted = xgboost.XGBClassifier(n_estimators=6, max_depth=12 if deep else 3, n_jobs=1).fit(X, y)
    fitted.save_model(tmp_path / "model.json")
    export_trees(tmp_path / "model.json", tmp_path / "trees.c", trees=form)
    uneven = form == "compact" or (deep and form == "table")
    assert ("_INNER[" in (tmp_path / "trees.c").read_text()) == uneven
    (tmp_path / "trees.ld").write_text(LINK)
    command = [sys.executable, "-m", "ziglang", "cc", *FLAGS.split(), f"-I{FREESTANDING_HEADERS}"]
    subprocess.run(
        [*command, "-T", "trees.ld", "trees.c", "-o", "trees.elf"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )

    core = Uc(UC_ARCH_MIPS, UC_MODE_MIPS32 | UC_MODE_BIG_ENDIAN)
    core.mem_map(CODE, SIZE)
    core.mem_map(DATA, SIZE)
    with (tmp_path / "trees.elf").open("rb") as file:
        elf = ELFFile(file)
        assert not elf.little_endian
        entry = elf["e_entry"]
        for segment in elf.iter_segments("PT_LOAD"):
            core.mem_write(segment["p_vaddr"], segment.data())
    trees = read_model_file(tmp_path / "model.json")
    rows = hard_rows(trees, 200)
    got = []
    for row in rows:
        core.mem_write(DATA, row.astype(">f4").tobytes())
        for register, value in (
            (UC_MIPS_REG_A0, DATA),
            (UC_MIPS_REG_SP, DATA + SIZE // 2),
            (UC_MIPS_REG_RA, CODE + SIZE - 4),
            (UC_MIPS_REG_T9, entry),
        ):
            core.reg_write(register, value)
        core.emu_start(entry, CODE + SIZE - 4)
        got.append(core.reg_read(UC_MIPS_REG_V0) & 0xFFFFFFFF)
    assert np.array_equal(np.array(got, np.uint32), trees.margin(rows).view(np.uint32))
