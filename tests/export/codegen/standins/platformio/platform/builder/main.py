"""Compile with what STANDIN_PREFIX and STANDIN_FLAGS say, for this machine where they are empty."""

from os import environ

from SCons.Script import Default, DefaultEnvironment

env = DefaultEnvironment()
for tool in ("gcc", "g++", "gnulink", "ar"):
    env.Tool(tool)
prefix, flags = environ.get("STANDIN_PREFIX", ""), environ.get("STANDIN_FLAGS", "-O1").split()
env.Replace(CC=prefix + "gcc", CXX=prefix + "g++", AR=prefix + "ar", RANLIB=prefix + "ranlib")
env.Append(CCFLAGS=flags, LINKFLAGS=flags)
Default(env.BuildProgram())
