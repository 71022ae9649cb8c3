"""Lines for a shell that convert or repair an audio file, quoted so that they can be pasted."""

from __future__ import annotations

import os
import shlex

__all__ = ["ffmpeg_line", "shell_word"]


def shell_word(text: str) -> str:
    r"""Quote one word for bash and zsh, so that it survives a line of a message.

    Messages join blanks and show control characters as escapes, so what holds such is written as ``$'...'``,
    whose escapes the shell reads back.

    Examples
    --------
    >>> shell_word("night.wav"), shell_word("Anna's night.wav")
    ('night.wav', '\'Anna\'"\'"\'s night.wav\'')
    >>> print(shell_word("two  blanks.wav"))
    $'two\x20\x20blanks.wav'
    """
    blanks = [sign for sign in text if sign.isspace()]
    joined = " ".join(text.split())
    if text == joined and all(sign == " " for sign in blanks) and text.isprintable():
        return shlex.quote(text)
    shown = "".join(
        sign if sign.isprintable() and not sign.isspace() and sign not in "'\\" else _escaped(sign)
        for sign in text
    )
    return f"$'{shown}'"


def _escaped(sign: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in sign.encode("utf-8", "surrogateescape"))


def ffmpeg_line(source: str | os.PathLike[str], ending: str = ".wav", *, options: str = "") -> str:
    """Write the line that converts a file to 16-bit PCM beside it.

    Parameters
    ----------
    source
        The file, as the user's folder sees it.
    ending
        What takes the place of the source's suffix.
    options
        Words before ``-i``.

    Examples
    --------
    >>> ffmpeg_line("my night/a 1.m4a")
    "ffmpeg -i 'my night/a 1.m4a' -c:a pcm_s16le 'my night/a 1.wav'"
    """
    path = os.fspath(source)
    path = f"./{path}" if path.startswith("-") else path  # else an option
    target = os.path.splitext(path)[0] + ending
    words = ["ffmpeg", *options.split(), "-i", shell_word(path), "-c:a pcm_s16le", shell_word(target)]
    return " ".join(words)
