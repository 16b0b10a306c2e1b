"""What each root field answers."""

from __future__ import annotations

import json
from typing import Any

import code_host
import reviews
import trackers
from accounts import Accounts
from graphql import GraphQLSchema
from samples import sample


def root_value(schema: GraphQLSchema, accounts: Accounts) -> dict[str, Any]:
    """A function for every root field of the schema: ours where there is one, samples by type for the rest."""
    fields = {**schema.query_type.fields, **schema.mutation_type.fields}
    resolvers = {name: sampler(name, field.type) for name, field in fields.items()}
    return resolvers | code_host_resolvers() | reviews.resolvers() | trackers.resolvers() | accounts.resolvers()


def sampler(name: str, type_: Any) -> Any:
    return lambda info, **arguments: sample(type_, name, json.dumps(arguments, sort_keys=True))


def code_host_resolvers() -> dict[str, Any]:
    return {
        "githubRepositories": lambda info, organization: code_host.repositories(organization),
        "githubRepositoriesByPushDate": lambda info, organization, startDate, endDate=None: (
            code_host.repositories_by_push_date(organization, startDate, endDate)
        ),
        "githubCommits": lambda info, **arguments: commits("organization", "repository", arguments),
        "gitlabCommits": lambda info, **arguments: commits("organization", "project", arguments),
        "bitbucketCommits": lambda info, **arguments: commits("workspace", "repository", arguments),
        "bitbucketCommitsDetailed": lambda info, **arguments: commits("workspace", "repository", arguments),
    }


def commits(owner: str, repository: str, arguments: dict[str, Any]) -> dict[str, Any]:
    return code_host.commit_result(
        arguments[owner],
        arguments.get(repository) or code_host.REPOSITORIES[0],
        arguments.get("startDate"),
        arguments.get("endDate"),
        arguments.get("author"),
        arguments.get("format"),
        arguments.get("includeDiff") or False,
    )
