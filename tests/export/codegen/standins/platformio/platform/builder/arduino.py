"""An Arduino core that is the stand-in of the folder STANDIN_CORE."""

from os import environ

from SCons.Script import DefaultEnvironment

env = DefaultEnvironment()
core = environ["STANDIN_CORE"]
env.Append(CPPPATH=[core], CXXFLAGS=["-std=gnu++14"], LIBS=["m"])
env.Prepend(LIBS=[env.BuildLibrary("$BUILD_DIR/core", core)])
