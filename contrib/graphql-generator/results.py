"""Writes the types of the results that Honeydew itself reads, for HoneydewAPI.

Those are the answers to internal calls. The result of a job passes through byte for byte, so it has no type in Swift; and
what goes in, the payload, has its types in the registry, where it is checked.
"""

from __future__ import annotations

from graphql import FieldNode, GraphQLList, GraphQLNonNull, GraphQLObjectType, GraphQLOutputType, get_named_type

import swift
from documents import Document, Refusal

SCALARS = {"String": "String", "ID": "String", "Int": "Int", "Float": "Double", "Boolean": "Bool"}

Selection = dict[str, GraphQLOutputType]
"""The fields of an object type that the documents ask for."""


def render(documents: list[Document]) -> str:
    """The whole file."""
    selections: dict[str, Selection] = {}
    for document in documents:
        if document.header.is_internal:
            collect(document, document.root, document.root_field.type, selections)
    types = "\n".join(render_type(name, selections[name]) for name in sorted(selections))
    return f"{swift.BANNER}\ninternal import HoneydewJSON\n\n{types}"


def collect(
    document: Document, node: FieldNode, type_: GraphQLOutputType, selections: dict[str, Selection]
) -> None:
    """Adds the object types of the answer, each with the same fields wherever it stands."""
    named = get_named_type(type_)
    if not isinstance(named, GraphQLObjectType):
        return
    children = node.selection_set.selections
    chosen = {child.name.value: named.fields[child.name.value].type for child in children}
    if selections.setdefault(named.name, chosen).keys() != chosen.keys():
        raise Refusal(
            f"{document.path}:{node.loc.start_token.line}: ask for the same fields of {named.name} wherever it stands"
        )
    for child in children:
        collect(document, child, chosen[child.name.value], selections)


def render_type(name: str, fields: Selection) -> str:
    properties = "\n".join(f"  let {swift.identifier(n)}: {render_reference(type_)}" for n, type_ in fields.items())
    readings = "\n".join(f"    {swift.identifier(n)} = try json.read({swift.string(n)})" for n in fields)
    return f"""struct {name}: ResultValue {{
{properties}

  init(_ json: JSONValue) throws(ResultMismatch) {{
{readings}
  }}
}}
"""


def render_reference(type_: GraphQLOutputType) -> str:
    """The Swift type, optional where the schema admits null."""
    if isinstance(type_, GraphQLNonNull):
        return render_reference(type_.of_type).removesuffix("?")
    if isinstance(type_, GraphQLList):
        return f"[{render_reference(type_.of_type)}]?"
    # A word of an enumeration is read as a string: the API may know words that this schema does not.
    name = type_.name if isinstance(type_, GraphQLObjectType) else SCALARS.get(type_.name, "String")
    return f"{name}?"
