"""Pull requests and issues before a provider has given them its shape. The same names always give the same ones."""

from __future__ import annotations

import hashlib
import random
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from code_host import AUTHORS, NEWEST, changed_file, day_range, seeded, stamp

CHANGES = (
    ("Cache rendered pages for a minute", "performance"),
    ("Retry uploads that were cut off", "bug"),
    ("Show times in the visitor's time zone", "feature"),
    ("Remove the old login page", "cleanup"),
    ("Read the configuration once at start", "performance"),
    ("Escape names in search results", "security"),
    ("Add a dark theme", "feature"),
    ("Fix the order of comments on the same second", "bug"),
    ("Explain rate limits in the API guide", "documentation"),
    ("Update the TLS library", "security"),
    ("Let exports run in the background", "feature"),
    ("Test the parser with random input", "tests"),
    ("Stop the spinner when a request fails", "bug"),
    ("Split the orders table by year", "performance"),
)
REPORTS = (
    ("Search finds nothing after midnight UTC", "bug"),
    ("Invoices show the old address", "bug"),
    ("Upload of files over 2 GB fails", "bug"),
    ("Sign-in mail arrives twice", "bug"),
    ("Export orders as CSV", "feature"),
    ("Keyboard shortcuts for the board", "feature"),
    ("Dashboard takes ten seconds to load", "performance"),
    ("Describe how to restore a backup", "documentation"),
    ("Session survives a change of the password", "security"),
    ("Filter the list by several labels", "feature"),
    ("Umlauts are lost in subject lines", "bug"),
    ("Warn before the certificate expires", "feature"),
)


# What is reported in several projects of one organization, so that no two have the same.
SHARES = 3


def share(place: int) -> tuple[tuple[str, str], ...]:
    return (REPORTS + CHANGES)[place % SHARES :: SHARES]


@dataclass(frozen=True)
class Person:
    name: str
    address: str

    @property
    def login(self) -> str:
        return self.address.split("@")[0]

    @property
    def number(self) -> str:
        return str(seeded(self.address).randrange(10**5, 10**6))


PEOPLE = tuple(Person(name, address) for name, address in AUTHORS)


@dataclass(frozen=True)
class Ticket:
    """One that is open has not ended; of those that have, a pull request may have been merged."""

    number: int
    title: str
    label: str
    author: Person
    assignee: Person
    created: datetime
    updated: datetime
    is_open: bool
    is_merged: bool
    chance: random.Random

    @property
    def ended(self) -> str | None:
        return None if self.is_open else stamp(self.updated)

    @property
    def merged(self) -> str | None:
        return stamp(self.updated) if self.is_merged else None

    @property
    def branch(self) -> str:
        return re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")

    @property
    def body(self) -> str:
        return f"{self.title}, as {self.assignee.name.split()[0]} and {self.author.name.split()[0]} have discussed it."

    def id(self, *names: str) -> str:
        return str(seeded(*names, str(self.number)).randrange(10**8, 10**9))


def tickets(stories: tuple[tuple[str, str], ...], start: str | None, end: str | None, *names: str) -> list[Ticket]:
    """Newest first, those that were begun in the days that were asked for; the older, the likelier it has ended."""
    chance = seeded(*names, "tickets")
    told = chance.sample(stories, len(stories))
    first_number = chance.randint(1, 400)
    moment, found = NEWEST, []
    for place, (title, label) in enumerate(told):
        moment -= timedelta(minutes=chance.randrange(600, 14_000))
        author, assignee = chance.choice(PEOPLE), chance.choice(PEOPLE)
        updated = moment + (NEWEST - moment) * chance.uniform(0.05, 0.9)
        is_open = place < 2 or chance.random() < 0.25
        is_merged = not is_open and chance.random() < 0.8
        number = first_number + 3 * (len(told) - place) + chance.randrange(3)
        own = seeded(*names, str(number))
        found.append(Ticket(number, title, label, author, assignee, moment, updated, is_open, is_merged, own))
    first, last = day_range(start, end)
    return [ticket for ticket in found if first <= ticket.created <= last]


def commits(ticket: Ticket, *names: str) -> list[dict[str, Any]]:
    """Those of a pull request, oldest first, all before it was updated last."""
    result = []
    for place in range(ticket.chance.randint(1, 3)):
        files = [changed_file(ticket.chance)]
        moment = ticket.created + (ticket.updated - ticket.created) * place / 4
        result.append({
            "sha": hashlib.sha1("/".join([*names, str(ticket.number), str(place)]).encode()).hexdigest(),
            "message": ticket.title if place == 0 else ("Follow the review", "Add a test")[place - 1],
            "author": ticket.author.name, "authorEmail": ticket.author.address, "date": stamp(moment),
            "additions": files[0]["additions"], "deletions": files[0]["deletions"], "files": None,
        })  # fmt: skip
    return result
