"""Pull requests, merge requests and issues of code hosts, and what GitLab and Bitbucket say of repositories."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import code_host
from tickets import CHANGES, REPORTS, SHARES, Person, Ticket, commits, share, tickets

Row = dict[str, Any]


def resolvers() -> dict[str, Any]:
    return {
        "githubIssues": github_issues,
        "githubPullRequests": lambda info, organization, repo, startDate=None, endDate=None: [
            github_pull_request(ticket, organization, repo)
            for ticket in tickets(CHANGES, startDate, endDate, organization, repo)
        ],
        "githubPullRequestsDetailed": lambda info, organization, repository, **asked: detailed(
            "pullRequests", github_state, organization, repository, asked
        ),
        "gitlabProjects": lambda info, organization: gitlab_projects(organization),
        "gitlabRepositories": lambda info, organization: gitlab_projects(organization),
        "gitlabRepositoriesByPushDate": lambda info, organization, startDate, endDate=None: of_days(
            gitlab_projects(organization), "lastActivityAt", startDate, endDate
        ),
        "gitlabIssues": gitlab_issues,
        "gitlabMergeRequests": lambda info, organization, repo, startDate=None, endDate=None: [
            gitlab_merge_request(ticket, organization, repo)
            for ticket in tickets(CHANGES, startDate, endDate, organization, repo)
        ],
        "gitlabMergeRequestsDetailed": lambda info, organization, project, **asked: detailed(
            "mergeRequests", gitlab_state, organization, project, asked
        ),
        "bitbucketWorkspaces": lambda info: [
            {"slug": name, "name": name.capitalize()} for name in ("acme", "globex", "initech")
        ],
        "bitbucketRepositories": lambda info, workspace: bitbucket_repositories(workspace),
        "bitbucketRepositoriesByPushDate": lambda info, workspace, startDate, endDate=None: of_days(
            bitbucket_repositories(workspace), "updatedOn", startDate, endDate
        ),
        "bitbucketPullRequests": lambda info, workspace, repo, startDate=None, endDate=None: [
            bitbucket_pull_request(ticket, workspace, repo)
            for ticket in tickets(CHANGES, startDate, endDate, workspace, repo)
        ],
        "bitbucketPullRequestsDetailed": lambda info, workspace, repository, **asked: detailed(
            "pullRequests", bitbucket_state, workspace, repository, asked
        ),
    }


def of_days(rows: list[Row], key: str, start: str | None, end: str | None) -> list[Row]:
    first, last = code_host.day_range(start, end)
    return [row for row in rows if first <= code_host.parse_stamp(row[key]) <= last]


def times(ticket: Ticket) -> Row:
    stamps = {"createdAt": code_host.stamp(ticket.created), "updatedAt": code_host.stamp(ticket.updated)}
    return stamps | {"closedAt": ticket.ended, "mergedAt": ticket.merged}


def detailed(key: str, state: Callable[[Ticket], str], owner: str, repository: str, asked: Row) -> Row:
    """The answer of the fields that bring the commits along; `author` is part of a name or an address."""
    rows, wanted = [], (asked.get("author") or "").lower()
    for ticket in tickets(CHANGES, asked.get("startDate"), asked.get("endDate"), owner, repository):
        if wanted not in f"{ticket.author.name} <{ticket.author.address}>".lower():
            continue
        own = commits(ticket, owner, repository)
        rows.append({
            "id": ticket.id(owner, repository), "number": ticket.number, "iid": ticket.number, "title": ticket.title,
            "body": ticket.body, "description": ticket.body, "state": state(ticket), "author": ticket.author.login,
            **times(ticket), "additions": sum(commit["additions"] for commit in own),
            "deletions": sum(commit["deletions"] for commit in own), "changedFiles": len(own), "commits": own,
        })  # fmt: skip
    return {key: rows, "json": json.dumps(rows) if asked.get("format") == "JSON" else None}


# GitHub


def github_state(ticket: Ticket) -> str:
    return "open" if ticket.is_open else "closed"


def github_user(person: Person) -> Row:
    avatar = f"https://avatars.github.example/u/{person.number}"
    return {"id": person.number, "login": person.login, "avatarUrl": avatar}


def github_ticket(ticket: Ticket, owner: str, repository: str, page: str) -> Row:
    assignee = github_user(ticket.assignee)
    return {
        "id": ticket.id(owner, repository, page), "number": ticket.number, "title": ticket.title, "body": ticket.body,
        "state": github_state(ticket), "user": github_user(ticket.author), "assignee": assignee,
        "assignees": [assignee], "labels": [{"id": label_id(ticket.label), "name": ticket.label, "color": "0e8a16"}],
        "milestone": None, "repository": f"{owner}/{repository}",
        "htmlUrl": f"https://github.example/{owner}/{repository}/{page}/{ticket.number}", **times(ticket),
    }  # fmt: skip


def github_pull_request(ticket: Ticket, owner: str, repository: str) -> Row:
    is_draft = ticket.is_open and ticket.number % 4 == 0
    return github_ticket(ticket, owner, repository, "pull") | {"draft": is_draft}


def github_issues(info: Any, organization: str, startDate: str | None = None, endDate: str | None = None) -> list[Row]:
    rows = [
        github_ticket(ticket, organization, repository, "issues")
        for place, repository in enumerate(code_host.REPOSITORIES[:SHARES])
        for ticket in tickets(share(place), startDate, endDate, organization, repository, "issues")
    ]
    return sorted(rows, key=lambda row: row["createdAt"], reverse=True)


def label_id(label: str) -> str:
    return str(code_host.seeded("label", label).randrange(10**6, 10**7))


# GitLab


def gitlab_state(ticket: Ticket) -> str:
    return "opened" if ticket.is_open else "merged" if ticket.is_merged else "closed"


def gitlab_user(person: Person) -> Row:
    return {"id": person.number, "username": person.login, "name": person.name}


def gitlab_projects(organization: str) -> list[Row]:
    namespace = {"id": label_id(organization), "name": organization.capitalize(), "path": organization}
    return [
        {
            "id": row["id"], "name": row["name"].capitalize(), "path": row["name"],
            "pathWithNamespace": row["fullName"], "description": row["description"],
            "webUrl": f"https://gitlab.example/{row['fullName']}", "defaultBranch": "main",
            "visibility": "private" if row["isPrivate"] else "public", "namespace": namespace,
            "createdAt": row["createdAt"], "lastActivityAt": row["pushedAt"],
        }
        for row in code_host.repositories(organization)
    ]  # fmt: skip


def gitlab_ticket(ticket: Ticket, owner: str, project: str, page: str) -> Row:
    assignee = gitlab_user(ticket.assignee)
    return {
        "id": ticket.id(owner, project, page), "iid": ticket.number, "title": ticket.title,
        "description": ticket.body, "author": gitlab_user(ticket.author), "assignee": assignee,
        "assignees": [assignee], "labels": [ticket.label], "milestone": None,
        "projectId": code_host.repository(owner, project)["id"],
        "webUrl": f"https://gitlab.example/{owner}/{project}/-/{page}/{ticket.number}", **times(ticket),
    }  # fmt: skip


def gitlab_merge_request(ticket: Ticket, owner: str, project: str) -> Row:
    is_draft = ticket.is_open and ticket.number % 4 == 0
    return gitlab_ticket(ticket, owner, project, "merge_requests") | {
        "state": gitlab_state(ticket), "sourceBranch": ticket.branch, "targetBranch": "main",
        "reviewers": [gitlab_user(ticket.assignee)], "draft": is_draft,
        "mergeStatus": "can_be_merged" if ticket.is_open else None,
    }  # fmt: skip


def gitlab_issues(
    info: Any, organization: str, project: str | None = None, startDate: str | None = None, endDate: str | None = None
) -> list[Row]:
    rows, reporting = [], code_host.REPOSITORIES[:SHARES]
    for name in (project,) if project else reporting:
        stories = share(reporting.index(name)) if name in reporting else REPORTS
        for ticket in tickets(stories, startDate, endDate, organization, name, "issues"):
            state = "opened" if ticket.is_open else "closed"
            rows.append(gitlab_ticket(ticket, organization, name, "issues") | {"state": state, "dueDate": None})
    return sorted(rows, key=lambda row: row["createdAt"], reverse=True)


# Bitbucket


def bitbucket_state(ticket: Ticket) -> str:
    return "OPEN" if ticket.is_open else "MERGED" if ticket.is_merged else "DECLINED"


def bitbucket_repositories(workspace: str) -> list[Row]:
    return [
        {
            "uuid": f"{{{row['id']}}}", "name": row["name"].capitalize(), "fullName": row["fullName"],
            "slug": row["name"], "description": row["description"], "isPrivate": row["isPrivate"],
            "language": "swift", "mainBranch": "main", "createdOn": row["createdAt"], "updatedOn": row["updatedAt"],
            "htmlUrl": f"https://bitbucket.example/{row['fullName']}",
            "cloneUrl": f"https://bitbucket.example/{row['fullName']}.git",
        }
        for row in code_host.repositories(workspace)
    ]  # fmt: skip


def bitbucket_pull_request(ticket: Ticket, workspace: str, repository: str) -> Row:
    person = ticket.author
    author = {"uuid": f"{{{person.number}}}", "displayName": person.name, "nickname": person.login}
    place = f"{workspace}/{repository}"
    return {
        "id": str(ticket.number), "title": ticket.title, "description": ticket.body, "state": bitbucket_state(ticket),
        "author": author, "sourceBranch": ticket.branch, "destinationBranch": "main", "repository": place,
        "createdOn": code_host.stamp(ticket.created), "updatedOn": code_host.stamp(ticket.updated),
        "closedOn": ticket.ended, "mergedOn": ticket.merged, "commentCount": ticket.number % 7, "taskCount": 0,
        "htmlUrl": f"https://bitbucket.example/{place}/pull-requests/{ticket.number}",
    }  # fmt: skip
