"""What a session over a link brought, and what the link had to do for it."""

from __future__ import annotations

from dataclasses import dataclass, field

from .messages import End, Event, Log, Stages, Stats, Welcome

__all__ = ["LinkStatistics", "SessionLog"]


@dataclass
class LinkStatistics:
    """Counts of one session, as the host saw them."""

    bytes_sent: int = 0
    bytes_received: int = 0
    messages_sent: int = 0
    messages_received: int = 0
    blocks_repeated: int = 0
    messages_repeated: int = 0
    probes: int = 0
    bad_messages_host: int = 0
    bad_messages_board: int = 0


@dataclass
class SessionLog:
    """What a session brought."""

    welcome: Welcome | None = None
    events: list[Event] = field(default_factory=list)
    stats: list[Stats] = field(default_factory=list)
    stages: list[Stages] = field(default_factory=list)
    logs: list[Log] = field(default_factory=list)
    end: End | None = None
