"""What the server counts, so that tests can prove what a client did."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Stats:
    """Only GraphQL requests and the connections that carried them; the control endpoints leave no trace."""

    requests: int = 0
    connections: int = 0
    """Connections on which at least one request came."""
    in_flight: int = 0
    aborted: int = 0
    """Requests whose client went away, or gave up, before the answer was complete."""
    protocols: Counter[str] = field(default_factory=Counter)
    """Requests by `http/1.1` and `h2`."""
    fields: Counter[str] = field(default_factory=Counter)
    """Requests by root field."""
    statuses: Counter[str] = field(default_factory=Counter)
    """Answers begun, by HTTP status."""
    faults: Counter[str] = field(default_factory=Counter)
    """Faults played, by kind."""

    def as_json(self) -> dict:
        return vars(self)
