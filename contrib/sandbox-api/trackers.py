"""Projects, teams and issues of Jira and Linear."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from code_host import NEWEST, seeded, stamp
from reviews import Row, label_id
from tickets import PEOPLE, REPORTS, Person, Ticket, share, tickets

JIRA_PROJECTS = (
    ("WEB", "Website", "software"), ("OPS", "Operations", "service_desk"), ("APP", "Mobile app", "software")
)  # fmt: skip
JIRA_PRIORITIES = ("Highest", "High", "Medium", "Low")
LINEAR_TEAMS = (("ENG", "Engineering"), ("DES", "Design"), ("SUP", "Support"))
# With the days from now to their beginnings.
LINEAR_PROJECTS = (
    ("Faster search", "completed", 1.0, -150), ("New sign-in", "started", 0.62, -60),
    ("Order exports", "started", 0.25, -25), ("Offline mode", "planned", 0.0, 15),
)  # fmt: skip
LINEAR_PRIORITIES = ("No priority", "Urgent", "High", "Medium", "Low")


def resolvers() -> dict[str, Any]:
    return {
        "jiraProjects": lambda info, organization: [jira_project(organization, *each) for each in JIRA_PROJECTS],
        "jiraIssues": jira_issues,
        "linearTeams": lambda info, organization: [linear_team(organization, *each) for each in LINEAR_TEAMS],
        "linearProjects": lambda info, organization, team=None: linear_projects(organization, team),
        "linearIssues": linear_issues,
    }


def of_state(ticket: Ticket, done: Any, begun: Any, waiting: Any) -> Any:
    """What has ended is done; of the rest half has begun."""
    return done if not ticket.is_open else begun if ticket.number % 2 else waiting


# Jira


def jira_user(person: Person) -> Row:
    return {"accountId": person.number, "displayName": person.name, "emailAddress": person.address}


def jira_reference(organization: str, key: str, name: str) -> Row:
    return {"id": label_id(f"{organization}/{key}"), "key": key, "name": name}


def jira_project(organization: str, key: str, name: str, kind: str) -> Row:
    avatars = {f"x{size}": f"https://{organization}.jira.example/avatar/{key}?size={size}" for size in (16, 24, 32, 48)}
    return jira_reference(organization, key, name) | {
        "description": f"{name} of {organization}.", "projectTypeKey": kind,
        "lead": jira_user(seeded(organization, key).choice(PEOPLE)), "avatarUrls": avatars,
    }  # fmt: skip


def jira_issues(
    info: Any, organization: str, project: str | None = None, startDate: str | None = None, endDate: str | None = None
) -> list[Row]:
    """Of one project, by its key or its name, or of all; a project of any other name is there too."""
    known = [(key, name, share(place)) for place, (key, name, _) in enumerate(JIRA_PROJECTS)]
    if project:
        named = [each for each in known if project.lower() in (each[0].lower(), each[1].lower())]
        known = named or [(re.sub(r"[^A-Z0-9]", "", project.upper()) or "ANY", project, REPORTS)]
    rows = [
        jira_issue(ticket, jira_reference(organization, key, name))
        for key, name, stories in known
        for ticket in tickets(stories, startDate, endDate, organization, key, "jira")
    ]
    return sorted(rows, key=lambda row: row["createdAt"], reverse=True)


def jira_issue(ticket: Ticket, project: Row) -> Row:
    status, category, number = of_state(
        ticket, ("Done", "done", "3"), ("In Progress", "indeterminate", "2"), ("To Do", "new", "1")
    )
    kind = {"bug": "Bug", "feature": "Story"}.get(ticket.label, "Task")
    priority = ticket.chance.randrange(len(JIRA_PRIORITIES))
    return {
        "id": ticket.id(project["key"], "jira"), "key": f"{project['key']}-{ticket.number}", "summary": ticket.title,
        "description": ticket.body, "status": {"id": number, "name": status, "statusCategory": category},
        "priority": {"id": str(priority + 1), "name": JIRA_PRIORITIES[priority]},
        "issueType": {"id": label_id(kind), "name": kind, "subtask": False},
        "assignee": jira_user(ticket.assignee), "reporter": jira_user(ticket.author), "project": project,
        "labels": [ticket.label], "components": [], "createdAt": stamp(ticket.created),
        "updatedAt": stamp(ticket.updated), "resolvedAt": ticket.ended,
    }  # fmt: skip


# Linear


def linear_user(person: Person) -> Row:
    return {"id": person.number, "name": person.name, "email": person.address}


def linear_team(organization: str, key: str, name: str) -> Row:
    begun = stamp(NEWEST - timedelta(days=600))
    return {
        "id": label_id(f"{organization}/{key}"), "name": name, "key": key, "description": f"{name} at {organization}",
        "color": "#5e6ad2", "icon": "Rocket", "private": False, "createdAt": begun, "updatedAt": begun,
    }  # fmt: skip


def linear_projects(organization: str, team: str | None) -> list[Row]:
    """Of one team, by its key or its name, or of all; a team of any other name has them too."""
    teams = [linear_team(organization, *each) for each in LINEAR_TEAMS]
    if team:
        named = [each for each in teams if team.lower() in (each["key"].lower(), each["name"].lower())]
        teams = named or [linear_team(organization, re.sub(r"[^A-Z]", "", team.upper())[:3] or "ANY", team)]
    rows = []
    for place, (name, state, progress, days) in enumerate(LINEAR_PROJECTS):
        begin = NEWEST + timedelta(days=days)
        rows.append({
            "id": label_id(f"{organization}/{name}"), "name": name, "description": f"{name} for {organization}.",
            "state": state, "progress": progress, "startDate": begin.date().isoformat(),
            "targetDate": (begin + timedelta(days=75)).date().isoformat(),
            "createdAt": stamp(begin - timedelta(days=150)), "updatedAt": stamp(NEWEST - timedelta(days=7 - place)),
            "teams": teams, "lead": linear_user(PEOPLE[place % len(PEOPLE)]),
        })  # fmt: skip
    return rows


def linear_issues(info: Any, organization: str, startDate: str | None = None, endDate: str | None = None) -> list[Row]:
    projects = linear_projects(organization, None)
    rows = [
        linear_issue(ticket, linear_team(organization, key, name), project_of(ticket, projects))
        for place, (key, name) in enumerate(LINEAR_TEAMS)
        for ticket in tickets(share(place), startDate, endDate, organization, key, "linear")
    ]
    return sorted(rows, key=lambda row: row["createdAt"], reverse=True)


def project_of(ticket: Ticket, projects: list[Row]) -> Row:
    """What is open belongs to one that goes on, what is done to that or one that is complete."""
    states = ("started",) if ticket.is_open else ("started", "completed")
    fitting = [project for project in projects if project["state"] in states]
    return fitting[ticket.number % len(fitting)]


def linear_issue(ticket: Ticket, team: Row, project: Row) -> Row:
    state, kind = of_state(ticket, ("Done", "completed"), ("In Progress", "started"), ("Todo", "unstarted"))
    priority = ticket.chance.randrange(len(LINEAR_PRIORITIES))
    due = (ticket.created + timedelta(days=21)).date().isoformat()
    return {
        "id": ticket.id(team["key"], "linear"), "identifier": f"{team['key']}-{ticket.number}", "title": ticket.title,
        "description": ticket.body, "priority": priority, "priorityLabel": LINEAR_PRIORITIES[priority],
        "state": {"id": label_id(state), "name": state, "type": kind}, "assignee": linear_user(ticket.assignee),
        "team": team, "project": project, "labels": [
            {"id": label_id(ticket.label), "name": ticket.label.capitalize(), "color": "#26b5ce"}
        ],
        "estimate": float(ticket.chance.choice((1, 2, 3, 5))), "dueDate": due if ticket.is_open else None,
        "createdAt": stamp(ticket.created), "updatedAt": stamp(ticket.updated), "completedAt": ticket.ended,
    }  # fmt: skip
