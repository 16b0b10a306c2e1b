"""Writes the registry of commands: plain data for HoneydewCore."""

from __future__ import annotations

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    Undefined,
    get_nullable_type,
)

import swift
from documents import Document

SCALARS = {"String": ".string", "ID": ".id", "Int": ".int", "Float": ".float", "Boolean": ".boolean"}


def render(documents: list[Document]) -> str:
    """The whole file."""
    commands = "\n".join(render_command(document) for document in documents)
    return f"""{swift.BANNER}
extension CommandRegistry {{
  /// The commands that call the API, in the order of their names.
  static let generated: [Command] = [
{commands}
  ]
}}
"""


def render_command(document: Document) -> str:
    header = document.header
    field = swift.string(document.root.name.value)
    if header.is_internal:
        target = f".internalCall(field: {field})"
    else:
        repeatable = swift.boolean(not document.is_mutation or header.is_repeatable)
        is_mutation = swift.boolean(document.is_mutation)
        target = f".api(field: {field}, isMutation: {is_mutation}, isRepeatable: {repeatable})"
    arguments = "".join(
        "\n        "
        + render_argument(
            variable.name,
            variable.type,
            is_required=isinstance(variable.type, GraphQLNonNull) and not variable.has_default,
            secrets=header.secrets,
            path=variable.name,
        )
        + ","
        for variable in document.variables
    )
    if arguments:
        arguments += "\n      "
    return f"""    Command(
      name: {swift.string(header.command)}, provider: {swift.string(document.provider)},
      summary: {swift.string(header.summary)},
      target: {target},
      arguments: [{arguments}]),"""


def render_argument(name: str, type_: GraphQLInputType, *, is_required: bool, secrets: set[str], path: str) -> str:
    text = f"Argument({swift.string(name)}, {render_type(type_, secrets, path)}"
    if is_required:
        text += ", isRequired: true"
    if path in secrets:
        text += ", isSecret: true"
    return text + ")"


def render_type(type_: GraphQLInputType, secrets: set[str], path: str) -> str:
    """The type without its outer nullability, which the argument says."""
    type_ = get_nullable_type(type_)
    match type_:
        case GraphQLList():
            return f".list({render_type(type_.of_type, secrets, path)})"
        case GraphQLEnumType():
            return f".enumeration([{', '.join(swift.string(value) for value in type_.values)}])"
        case GraphQLInputObjectType():
            fields = ", ".join(
                render_argument(
                    name,
                    field.type,
                    is_required=isinstance(field.type, GraphQLNonNull) and field.default_value is Undefined,
                    secrets=secrets,
                    path=f"{path}.{name}",
                )
                for name, field in type_.fields.items()
            )
            return f".object(name: {swift.string(type_.name)}, fields: [{fields}])"
        case _:
            return SCALARS[type_.name]
