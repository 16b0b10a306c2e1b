"""The endpoints: GraphQL for clients, faults and statistics for tests."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from errors import UNAUTHENTICATED, unauthenticated
from exchange import Exchange, Request, answer
from faults import BadFault, Faults, parse_planned
from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    execute_sync,
    get_argument_values,
    get_operation_root_type,
    parse,
    validate,
)
from graphql.utilities import get_operation_ast
from play import dump, play
from stats import Stats
from tokens import TokenIssuer, TokenRefused

OPEN_FIELDS = {"login", "refreshToken", "__schema", "__type", "__typename"}


@dataclass(frozen=True)
class Question:
    """A GraphQL request that has been read and validated."""

    document: DocumentNode
    operation_name: str | None
    variables: dict[str, Any]
    fields: list[str]
    """The root fields that it asks for."""
    organization: str | None
    """The organization or workspace that the first root field is about."""


@dataclass
class Api:
    """Answers every request of the server."""

    schema: GraphQLSchema
    root: dict[str, Any]
    issuer: TokenIssuer
    faults: Faults
    stats: Stats
    unauthenticated_status: int

    async def handle(self, request: Request, exchange: Exchange) -> None:
        match request.method, request.path.partition("?")[0]:
            case "POST", "/graphql":
                await self._counted(request, exchange)
            case "POST", "/faults":
                await self._wish(request, exchange)
            case "DELETE", "/faults":
                self.faults.clear()
                await answer(request, exchange, 200, b"{}\n")
            case "GET", "/stats":
                await answer(request, exchange, 200, dump(self.stats.as_json()) + b"\n")
            case _, "/graphql" | "/faults" | "/stats":
                await refuse(request, exchange, 405, f"{request.path} does not take {request.method}")
            case _:
                await refuse(request, exchange, 404, "there are /graphql, /faults and /stats")

    async def _wish(self, request: Request, exchange: Exchange) -> None:
        try:
            self.faults.planned.append(parse_planned(json.loads(request.body)))
        except (ValueError, BadFault) as error:
            await refuse(request, exchange, 400, str(error))
        else:
            await answer(request, exchange, 201, b"{}\n")

    async def _counted(self, request: Request, exchange: Exchange) -> None:
        self.stats.requests += 1
        self.stats.protocols[request.protocol] += 1
        self.stats.connections += request.is_first_of_connection()
        self.stats.in_flight += 1
        exchange = CountedExchange(exchange, self.stats)
        try:
            await self._graphql(request, exchange)
        finally:
            self.stats.in_flight -= 1
            self.stats.aborted += not exchange.has_ended

    async def _graphql(self, request: Request, exchange: Exchange) -> None:
        try:
            question = self._read(request.body)
        except GraphQLError as error:
            await self._answer(request, exchange, ExecutionResult(None, [error]))
            return
        except ValueError as error:
            await refuse(request, exchange, 400, str(error))
            return
        self.stats.fields.update(question.fields)
        username, refusal = self._authenticate(request, question)
        if refusal is not None:
            await self._answer(request, exchange, ExecutionResult(None, [refusal]))
            return
        fault = self.faults.take(question.fields, question.organization)
        if fault is not None:
            self.stats.faults[fault.kind] += 1
            if fault.kind != "delay":
                await play(fault, request, exchange, lambda: self._execute(question, username).formatted)
                return
            await asyncio.sleep(fault.seconds)
        await self._answer(request, exchange, self._execute(question, username))

    def _read(self, body: bytes) -> Question:
        """The request's question; GraphQLError when it does not fit the schema, ValueError when it is no request."""
        request = json.loads(body)
        if not isinstance(request, dict) or not isinstance(request.get("query"), str):
            raise ValueError("the body is no JSON object with a `query`")
        variables, operation_name = request.get("variables") or {}, request.get("operationName")
        if not isinstance(variables, dict) or not isinstance(operation_name, str | None):
            raise ValueError("`variables` is an object, `operationName` a string")
        document = parse(request["query"])
        errors = validate(self.schema, document)
        if errors:
            raise errors[0]
        operation = get_operation_ast(document, operation_name)
        if operation is None:
            raise GraphQLError("`operationName` names no operation of the document")
        nodes = [node for node in operation.selection_set.selections if isinstance(node, FieldNode)]
        fields = get_operation_root_type(self.schema, operation).fields
        arguments: dict[str, Any] = {}
        if nodes and nodes[0].name.value in fields:
            arguments = get_argument_values(fields[nodes[0].name.value], nodes[0], variables)
        organization = arguments.get("organization") or arguments.get("workspace")
        return Question(document, operation_name, variables, [node.name.value for node in nodes], organization)

    def _authenticate(self, request: Request, question: Question) -> tuple[str | None, GraphQLError | None]:
        """Who asks; or why that is not known, where it must be."""
        if OPEN_FIELDS.issuperset(question.fields):
            return None, None
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None, unauthenticated("an access token is needed")
        try:
            return self.issuer.check_access(token.strip()), None
        except TokenRefused as refused:
            return None, unauthenticated(str(refused))

    def _execute(self, question: Question, username: str | None) -> ExecutionResult:
        return execute_sync(
            self.schema,
            question.document,
            root_value=self.root,
            context_value=username,
            variable_values=question.variables,
            operation_name=question.operation_name,
        )

    async def _answer(self, request: Request, exchange: Exchange, result: ExecutionResult) -> None:
        """GraphQL errors come with status 200, but for the one that says who may not ask."""
        codes = {(error.extensions or {}).get("code") for error in result.errors or ()}
        status = self.unauthenticated_status if UNAUTHENTICATED in codes else 200
        await answer(request, exchange, status, dump(result.formatted))


class CountedExchange(Exchange):
    """Notes the status of the answer, and whether it was completed."""

    def __init__(self, inner: Exchange, stats: Stats) -> None:
        self._inner = inner
        self._stats = stats

    async def start(self, status: int, headers: dict[str, str]) -> None:
        self._stats.statuses[str(status)] += 1
        await self._inner.start(status, headers)

    async def write(self, data: bytes) -> None:
        await self._inner.write(data)

    async def end(self) -> None:
        await self._inner.end()
        self.has_ended = True

    def abort(self) -> None:
        self.has_ended = True
        self._inner.abort()


async def refuse(request: Request, exchange: Exchange, status: int, message: str) -> None:
    await answer(request, exchange, status, dump({"errors": [{"message": message}]}))
