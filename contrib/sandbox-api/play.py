"""Plays a fault instead of an answer: every kind but `delay`, after which the right answer comes."""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import Callable
from email.utils import formatdate
from typing import Any

from errors import UNAUTHENTICATED
from exchange import Body, Exchange, Request, answer, phrase_of
from faults import Fault

CHUNK = b"honeydew" * 2048
MARK = "@@filler@@"


async def play(fault: Fault, request: Request, exchange: Exchange, execute: Callable[[], dict[str, Any]]) -> None:
    """Answers as the fault wants it; `execute` gives the right answer where the fault needs one."""
    match fault.kind:
        case "hang":
            await asyncio.Event().wait()
        case "status" | "rate-limit" | "unauthorized" | "redirect":
            await play_status(fault, request, exchange)
        case "graphql-error":
            await answer(request, exchange, 200, dump({"data": None, "errors": [error(fault)]}))
        case "partial":
            await answer(request, exchange, 200, dump(execute() | {"errors": [error(fault)]}))
        case "broken-json":
            whole = dump(execute())
            await answer(request, exchange, 200, whole[: len(whole) // 2])
        case "cut":
            whole = dump(execute())
            await exchange.start(200, {"content-type": "application/json", "content-length": str(len(whole))})
            await exchange.write(whole[: len(whole) // 2])
            await asyncio.sleep(0.05)  # lets the half body leave before the connection breaks
            exchange.abort()
        case "drop":
            exchange.abort()
        case "endless":
            await play_filler(request, exchange, execute, math.inf)
        case "huge":
            await play_filler(request, exchange, execute, fault.size)


async def play_status(fault: Fault, request: Request, exchange: Exchange) -> None:
    """An HTTP error, or a redirect to the same place."""
    code, headers = fault.code, {}
    match fault.kind:
        case "rate-limit":
            status, code = 429, "RATE_LIMITED"
        case "unauthorized":
            status, code = 401, UNAUTHENTICATED
        case "redirect":
            status, headers["location"] = 307, "/graphql"
        case _:
            status = fault.status
    if fault.retry_after == "date":
        headers["retry-after"] = formatdate(math.ceil(time.time() + fault.seconds), usegmt=True)
    elif fault.retry_after is not None:
        headers["retry-after"] = fault.retry_after
    body = {"errors": [{"message": phrase_of(status), "extensions": {"code": code}}]}
    await answer(request, exchange, status, dump(body), headers)


async def play_filler(
    request: Request, exchange: Exchange, execute: Callable[[], dict[str, Any]], size: float
) -> None:
    """The right answer, but its first text goes on until the whole has `size` bytes."""
    result = execute()
    if not mark_first_text(result.get("data")):
        result["extensions"] = {"filler": MARK}
    head, tail = dump(result).split(MARK.encode())
    body = Body(request, exchange)
    await body.start(200, {})
    await body.write(head)
    left = size - len(head) - len(tail)
    while left > 0:
        piece = CHUNK if left >= len(CHUNK) else CHUNK[: int(left)]
        await body.write(piece)
        left -= len(piece)
    await body.write(tail)
    await body.end()


def mark_first_text(value: Any) -> bool:
    """Puts the mark in the place of the first text under the value, and says whether there was one."""
    match value:
        case dict():
            places = list(value.items())
        case list():
            places = list(enumerate(value))
        case _:
            return False
    for key, inner in places:
        if isinstance(inner, str):
            value[key] = MARK
            return True
        if mark_first_text(inner):
            return True
    return False


def error(fault: Fault) -> dict[str, Any]:
    return {"message": fault.message, "extensions": {"code": fault.code}}


def dump(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
