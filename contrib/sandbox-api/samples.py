"""Values for the types that have no story of their own here: made from the schema, the same for the same question."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from code_host import NEWEST, seeded, stamp
from graphql import GraphQLEnumType, GraphQLList, GraphQLNonNull, GraphQLObjectType, GraphQLOutputType

LIST_LENGTH = 3
DATE_ENDINGS = ("At", "On", "Date", "date")


def sample(type_: GraphQLOutputType, *names: str) -> Any:
    """A value of the type that depends on nothing but the names."""
    return fill(type_, seeded(*names), names[0])


def fill(type_: GraphQLOutputType, chance: random.Random, name: str) -> Any:
    """Every field is filled, down to the leaves: no type of the schema contains itself."""
    match type_:
        case GraphQLNonNull():
            return fill(type_.of_type, chance, name)
        case GraphQLList():
            return [fill(type_.of_type, chance, name) for _ in range(LIST_LENGTH)]
        case GraphQLObjectType():
            return {key: fill(field.type, chance, key) for key, field in type_.fields.items()}
        case GraphQLEnumType():
            return chance.choice(list(type_.values))
    match type_.name:
        case "Boolean":
            return True if name == "success" else chance.random() < 0.5
        case "Int":
            return chance.randrange(1, 1000)
        case "Float":
            return chance.randrange(101) / 100
        case "ID":
            return str(chance.randrange(10**5, 10**6))
    if name.endswith(DATE_ENDINGS):
        return stamp(NEWEST - timedelta(minutes=chance.randrange(500_000)))
    if name.lower().endswith("url"):
        return f"https://sandbox.example/{chance.randrange(10**5, 10**6)}"
    if name.lower().endswith("email"):
        return f"person{chance.randrange(100)}@example.com"
    if name == "error":
        return None
    return f"{name} {chance.randrange(1000)}"
