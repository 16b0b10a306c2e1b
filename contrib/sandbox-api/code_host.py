"""Repositories and commits. The same names always give the same history."""

from __future__ import annotations

import hashlib
import json
import random
import re
from datetime import datetime, time, timedelta, timezone
from typing import Any

from errors import bad_input

NEWEST = datetime(2025, 6, 30, 17, 0, tzinfo=timezone.utc)
REPOSITORIES = ("honeycomb", "orchard", "rind", "seedling", "trellis", "web")
AUTHORS = (
    ("Ada Example", "ada@example.com"),
    ("Grace Example", "grace@example.com"),
    ("Robin Example", "robin@example.com"),
)
VERBS = ("Add", "Fix", "Remove", "Rename", "Simplify", "Speed up", "Test", "Document")
THINGS = ("the cache", "the parser", "retries", "the login page", "time zones", "pagination", "error texts")
FILES = ("README.md", "Package.swift", "Sources/main.swift", "Sources/Cache.swift", "Tests/CacheTests.swift")


def seeded(*names: str) -> random.Random:
    """A source of chance that depends on nothing but the names."""
    return random.Random("/".join(names))


def repositories(organization: str) -> list[dict[str, Any]]:
    """The organization's repositories in the shape of GitHubRepository."""
    return [repository(organization, name) for name in REPOSITORIES]


def repository(organization: str, name: str) -> dict[str, Any]:
    chance = seeded(organization, name)
    pushed = NEWEST - timedelta(days=chance.randrange(400), minutes=chance.randrange(600))
    web = f"https://github.example/{organization}/{name}"
    return {
        "id": str(chance.randrange(10**8, 10**9)), "name": name, "fullName": f"{organization}/{name}",
        "description": f"The {name} of {organization}.", "url": f"{web}.git", "htmlUrl": web,
        "pushedAt": stamp(pushed), "createdAt": stamp(pushed - timedelta(days=700)), "updatedAt": stamp(pushed),
        "isPrivate": chance.random() < 0.3, "defaultBranch": "main",
    }  # fmt: skip


def repositories_by_push_date(organization: str, start_date: str, end_date: str | None) -> list[dict[str, Any]]:
    first, last = day_range(start_date, end_date)
    return [found for found in repositories(organization) if first <= parse_stamp(found["pushedAt"]) <= last]


def commit_result(
    organization: str,
    repository: str,
    start_date: str | None = None,
    end_date: str | None = None,
    author: str | None = None,
    format: str | None = None,
    include_diff: bool = False,
) -> dict[str, Any]:
    """The answer of the commit fields: newest first, both days included; `author` is part of a name or an address."""
    first, last = day_range(start_date, end_date)
    wanted = (author or "").lower()
    commits = [
        commit
        for commit in history(organization, repository, include_diff)
        if first <= parse_stamp(commit["date"]) <= last
        and wanted in f"{commit['author']} <{commit['authorEmail']}>".lower()
    ]
    return {"commits": commits, "json": json.dumps(commits) if format == "JSON" else None}


def history(organization: str, repository: str, include_diff: bool) -> list[dict[str, Any]]:
    """A repository named `commits-N` has N commits; any other has between 20 and 60."""
    chance = seeded(organization, repository, "history")
    asked = re.fullmatch(r"commits-(\d{1,7})", repository)
    count = int(asked[1]) if asked else chance.randint(20, 60)
    moment, commits = NEWEST, []
    for number in range(count):
        moment -= timedelta(minutes=chance.randrange(5, 2880))
        name, address = chance.choice(AUTHORS)
        files = [changed_file(chance) for _ in range(chance.randint(1, 3))]
        commits.append({
            "sha": hashlib.sha1(f"{organization}/{repository}/{count - number}".encode()).hexdigest(),
            "message": f"{chance.choice(VERBS)} {chance.choice(THINGS)}", "author": name, "authorEmail": address,
            "date": stamp(moment), "additions": sum(file["additions"] for file in files),
            "deletions": sum(file["deletions"] for file in files), "files": files if include_diff else None,
        })  # fmt: skip
    return commits


def changed_file(chance: random.Random) -> dict[str, Any]:
    additions, deletions = chance.randint(1, 9), chance.randint(0, 5)
    lines = [f"-let old{index} = {index}" for index in range(deletions)]
    lines += [f"+let new{index} = {index}" for index in range(additions)]
    return {
        "filename": chance.choice(FILES), "status": "modified" if deletions else "added",
        "additions": additions, "deletions": deletions,
        "patch": "\n".join([f"@@ -1,{deletions} +1,{additions} @@", *lines]),
    }  # fmt: skip


def day_range(start: str | None, end: str | None) -> tuple[datetime, datetime]:
    """The first and the last moment; a day without a time is meant from its beginning to its end, in UTC."""
    first = parse_date("startDate", start, time.min) if start else datetime.min.replace(tzinfo=timezone.utc)
    last = parse_date("endDate", end, time.max) if end else datetime.max.replace(tzinfo=timezone.utc)
    return first, last


def parse_date(argument: str, text: str, time_of_day: time) -> datetime:
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            return datetime.combine(datetime.fromisoformat(text), time_of_day, timezone.utc)
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment
    except ValueError:
        pass
    raise bad_input(f"{argument}: {text!r} is neither YYYY-MM-DD nor RFC 3339")


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_stamp(text: str) -> datetime:
    return datetime.fromisoformat(text)
