"""Answer modules' options as Zephyr does: `options.py PRJ_CONF OUT MODULE...` writes ``options.cmake``."""

from __future__ import annotations

import sys
from pathlib import Path

import kconfiglib
import yaml

KERNEL = """
config MULTITHREADING
	def_bool y
config CPU_HAS_FPU
	def_bool y
config ASSERT
	bool "asserts"
config FPU
	bool "FPU"
	depends on CPU_HAS_FPU
config FPU_SHARING
	bool "FPU registers over threads"
	depends on FPU && MULTITHREADING
config AUDIO
	bool "audio"
config AUDIO_DMIC
	bool "digital microphones"
	depends on AUDIO
config SENSOR
	bool "sensors"
config MAIN_STACK_SIZE
	int "bytes"
	default 1024
"""


def main(conf: Path, out: Path, modules: list[Path]) -> None:
    builds = [yaml.safe_load((one / "zephyr/module.yml").read_text())["build"] for one in modules]
    sources = [f'source "{one / build["kconfig"]}"\n' for one, build in zip(modules, builds, strict=True)]
    (out / "Kconfig").write_text(KERNEL + "".join(sources))
    options = kconfiglib.Kconfig(str(out / "Kconfig"), warn_to_stderr=False)
    options.load_config(str(conf))
    assert options.warnings == [], options.warnings
    lines = [
        f'set(CONFIG_{s.name} "{s.str_value}")' for s in options.unique_defined_syms if s.str_value != "n"
    ]
    folders = " ".join(f'"{one / build["cmake"]}"' for one, build in zip(modules, builds, strict=True))
    (out / "options.cmake").write_text("\n".join([*lines, f"set(module_folders {folders})", ""]))


main(Path(sys.argv[1]), Path(sys.argv[2]), list(dict.fromkeys(Path(m).resolve() for m in sys.argv[3:])))
