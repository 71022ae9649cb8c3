"""The command line: ``tussis``, and ``python -m tussis`` where that script is not on the PATH."""

import signal
import sys


def main() -> int:
    """Run the command line and return its exit code; Ctrl-C while it is loaded ends it without a word."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from .cli.app import main as run

    return run()


if __name__ == "__main__":
    sys.exit(main())
