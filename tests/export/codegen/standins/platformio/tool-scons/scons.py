"""The SCons of PyPI, where PlatformIO looks for its own."""

from SCons.Script.Main import main

main()
