"""Which request is to go wrong, and how: by the control endpoint, or by the name of an organization."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

KINDS = frozenset({
    "hang", "delay", "status", "rate-limit", "unauthorized", "redirect", "graphql-error", "partial",
    "broken-json", "cut", "drop", "endless", "huge",
})  # fmt: skip
UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20}
NAME = re.compile(r"fault-([a-z-]+?)(?:-(\d+(?:\.\d+)?)([km]?))?(?:-x(\d+))?")


class BadFault(Exception):
    """Why a fault cannot be played."""


@dataclass(frozen=True)
class Fault:
    """One way in which an answer goes wrong."""

    kind: str
    seconds: float = 1
    """Of a delay, and of a date in `Retry-After`."""
    status: int = 500
    retry_after: str | None = None
    """`Retry-After` in seconds, or the word `date` for an HTTP date that many `seconds` away."""
    size: int = 100 << 20
    """Bytes of a huge body."""
    code: str = "INTERNAL_SERVER_ERROR"
    """`extensions.code` of a GraphQL error."""
    message: str = "the sandbox was asked to fail"


@dataclass
class PlannedFault:
    """A fault for the next `count` requests, or for those that ask for `field`."""

    fault: Fault
    count: int = 1
    field: str | None = None


@dataclass
class Faults:
    """The planned faults that are still to come, and how often each organization's name was met."""

    planned: list[PlannedFault] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)

    def take(self, fields: list[str], organization: str | None) -> Fault | None:
        """The fault for a request of these root fields; the oldest planned one that fits comes first."""
        for planned_fault in self.planned:
            if planned_fault.field is None or planned_fault.field in fields:
                planned_fault.count -= 1
                if planned_fault.count == 0:
                    self.planned.remove(planned_fault)
                return planned_fault.fault
        named = fault_of(organization) if organization else None
        if named is None:
            return None
        fault, times = named
        self.met[organization] += 1
        return fault if self.met[organization] <= times else None

    def clear(self) -> None:
        self.planned.clear()
        self.met.clear()


def fault_of(organization: str) -> tuple[Fault, float] | None:
    """The fault that the name stands for, and for how many requests; None for any other name."""
    match = NAME.fullmatch(organization)
    if match is None:
        return None
    kind, number, unit, times = match.groups()
    is_date = kind == "rate-limit-date"
    kind = "rate-limit" if is_date else kind
    if kind not in KINDS:
        return None
    value = float(number) if number else None
    details: dict[str, Any] = {}
    match kind:
        case "delay" if value is not None:
            details["seconds"] = value
        case "status" if value is not None:
            details["status"] = int(value)
        case "huge" if value is not None:
            details["size"] = int(value * UNITS[unit])
        case "rate-limit":
            details["seconds"] = value if value is not None else 1
            details["retry_after"] = "date" if is_date else str(int(details["seconds"]))
    return Fault(kind, **details), int(times) if times else math.inf


def parse_planned(wanted: Any) -> PlannedFault:
    """A planned fault from the control endpoint's JSON object; its keys are those of Fault and PlannedFault."""
    if not isinstance(wanted, dict):
        raise BadFault("a fault is a JSON object")
    kind = str(wanted.get("kind", "")).replace("_", "-")
    if kind not in KINDS:
        raise BadFault(f"no fault is of the kind {kind!r}; there are {', '.join(sorted(KINDS))}")
    types: dict[str, type | tuple[type, ...]] = {
        "count": int, "field": str, "seconds": (int, float), "status": int, "retry_after": (int, str),
        "size": int, "code": str, "message": str,
    }  # fmt: skip
    for key, value in wanted.items():
        if key != "kind" and key not in types:
            raise BadFault(f"a fault has no {key!r}; it has {', '.join(types)}")
        if key != "kind" and not isinstance(value, types[key]):
            raise BadFault(f"{key} cannot be {value!r}")
    details = {key: value for key, value in wanted.items() if key not in ("kind", "count", "field")}
    if kind == "rate-limit":
        details.setdefault("retry_after", 1)
    if "retry_after" in details:
        details["retry_after"] = str(details["retry_after"])
    count = wanted.get("count", 1)
    if count < 1:
        raise BadFault("count is at least 1")
    return PlannedFault(Fault(kind, **details), count, wanted.get("field"))
