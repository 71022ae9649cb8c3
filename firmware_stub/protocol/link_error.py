"""How a session can fail."""

from __future__ import annotations

from .messages import Refusal

__all__ = ["BoardRefused", "BoardReset", "LinkError"]


class LinkError(RuntimeError):
    """A session could not be completed; the text says what was lost."""


class BoardReset(LinkError):  # noqa: N818 - what happened to the board
    """The board lost the session: it was reset. The session can be started again."""


class BoardRefused(LinkError):  # noqa: N818
    """The board will not open this session; trying again is no use.

    Attributes
    ----------
    reason, detail
        Fields of the ERROR message.
    """

    def __init__(self, reason: int, detail: int) -> None:
        self.reason = reason
        self.detail = detail
        text = Refusal.TEXT.get(reason, "the board refused (reason {reason})")
        super().__init__(text.format(detail=detail, reason=reason))
