"""Reads the schema and the operation documents, and refuses what does not fit.

A document is one file, `operations/<provider>/<command>.graphql`, with one operation on one root field. Its leading
comment lines say what GraphQL cannot:

    # command: github.commits     the command's name, as the file's place says it
    # summary: One sentence.      for help texts
    # internal                    not to be submitted as a job
    # repeatable                  a mutation that may be sent twice
    # secret: input.password      an argument, or a field of one, that is sealed in the payload
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    build_schema,
    get_named_type,
    parse,
    strip_ignored_characters,
    type_from_ast,
    validate,
)


class Refusal(Exception):
    """What is wrong with a file, with the file's name and, where known, the line."""


@dataclass(frozen=True)
class Variable:
    """A variable of an operation, which is an argument of the command."""

    name: str
    type: GraphQLInputType
    has_default: bool


@dataclass
class Header:
    """What a document's leading comment lines say."""

    command: str = ""
    summary: str = ""
    is_internal: bool = False
    is_repeatable: bool = False
    secrets: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Document:
    """A checked operation document."""

    path: Path
    header: Header
    operation_name: str
    is_mutation: bool
    root: FieldNode
    root_field: GraphQLField
    variables: tuple[Variable, ...]
    text: str
    """The document without comments and spare white space."""

    @property
    def provider(self) -> str:
        return self.header.command.split(".", 1)[0]


def load_schema(path: Path) -> GraphQLSchema:
    """The schema in the file, or a refusal."""
    try:
        return build_schema(path.read_text())
    except GraphQLError as error:
        raise Refusal(describe(path, error)) from error


def load_documents(schema: GraphQLSchema, directory: Path) -> list[Document]:
    """Every document under the directory, in the order of the commands' names; or one refusal that lists all faults."""
    documents, faults = [], []
    for path in directory.glob("*/*.graphql"):
        try:
            documents.append(load_document(schema, path))
        except Refusal as refusal:
            faults.append(str(refusal))
    if not documents and not faults:
        raise Refusal(f"{directory}: no document is here")
    if faults:
        raise Refusal("\n".join(sorted(faults)))
    return sorted(documents, key=lambda document: document.header.command)


def load_document(schema: GraphQLSchema, path: Path) -> Document:
    """The document in the file, or a refusal."""
    text = path.read_text()
    try:
        tree = parse(text)
    except GraphQLError as error:
        raise Refusal(describe(path, error)) from error
    errors = validate(schema, tree)
    if errors:
        raise Refusal("\n".join(describe(path, error) for error in errors))

    header = read_header(path, text)
    expected_command = f"{path.parent.name}.{path.stem}"
    if header.command != expected_command:
        raise Refusal(f"{path}:1: the command is {header.command!r}, but the file's place says {expected_command!r}")
    if len(tree.definitions) != 1 or not isinstance(tree.definitions[0], OperationDefinitionNode):
        raise Refusal(f"{path}:1: a document holds exactly one operation and nothing else")
    operation = tree.definitions[0]
    expected_name = "".join(part[0].upper() + part[1:] for part in header.command.split("."))
    if operation.name is None or operation.name.value != expected_name:
        raise Refusal(f"{path}:{operation.loc.start_token.line}: the operation must be named {expected_name}")

    refuse_fancy_selections(path, operation.selection_set)
    if len(operation.selection_set.selections) != 1:
        raise Refusal(f"{path}:{operation.loc.start_token.line}: an operation asks for exactly one root field")
    root = operation.selection_set.selections[0]
    is_mutation = operation.operation is OperationType.MUTATION
    root_type = schema.mutation_type if is_mutation else schema.query_type
    root_field = root_type.fields[root.name.value]
    check_arguments(path, root, root_field)
    if header.is_repeatable and not is_mutation:
        raise Refusal(f"{path}:1: only a mutation needs the word `repeatable`: every query is")

    variables = tuple(
        Variable(node.variable.name.value, type_from_ast(schema, node.type), node.default_value is not None)
        for node in operation.variable_definitions
    )
    for secret in header.secrets:
        refuse_unknown_secret(path, secret, variables)
    return Document(
        path, header, expected_name, is_mutation, root, root_field, variables, strip_ignored_characters(text)
    )


def read_header(path: Path, text: str) -> Header:
    """What the comment lines at the top of the document say."""
    header = Header()
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.startswith("#"):
            break
        key, _, value = (part.strip() for part in line[1:].partition(":"))
        match key, value:
            case "command", name if name:
                header.command = name
            case "summary", sentence if sentence:
                header.summary = sentence
            case "secret", argument if argument:
                header.secrets.add(argument)
            case "internal", "":
                header.is_internal = True
            case "repeatable", "":
                header.is_repeatable = True
            case _:
                raise Refusal(f"{path}:{number}: {line!r} is no header line")
    if not header.command or not header.summary:
        raise Refusal(f"{path}:1: a document begins with `# command: NAME` and `# summary: SENTENCE`")
    return header


def refuse_fancy_selections(path: Path, selections: SelectionSetNode | None) -> None:
    """Only plain fields keep the result's keys and types what the schema says: no alias, no fragment, no directive."""
    for node in selections.selections if selections else ():
        if not isinstance(node, FieldNode) or node.alias or node.directives:
            raise Refusal(f"{path}:{node.loc.start_token.line}: only plain fields, no alias, fragment or directive")
        refuse_fancy_selections(path, node.selection_set)


def check_arguments(path: Path, root: FieldNode, root_field: GraphQLField) -> None:
    """Every argument of the API is offered, under the API's own name."""
    line = root.loc.start_token.line
    for argument in root.arguments:
        if not isinstance(argument.value, VariableNode) or argument.value.name.value != argument.name.value:
            raise Refusal(f"{path}:{line}: pass {argument.name.value} as ${argument.name.value}")
    missing = root_field.args.keys() - {argument.name.value for argument in root.arguments}
    if missing:
        raise Refusal(f"{path}:{line}: {root.name.value} also takes {', '.join(sorted(missing))}: offer it")


def refuse_unknown_secret(path: Path, secret: str, variables: tuple[Variable, ...]) -> None:
    """A secret must name an argument, or a field of one."""
    types = {variable.name: variable.type for variable in variables}
    for part in secret.split("."):
        if part not in types:
            raise Refusal(f"{path}:1: the secret {secret!r} is no argument of the operation")
        named = get_named_type(types[part])
        types = {n: f.type for n, f in named.fields.items()} if isinstance(named, GraphQLInputObjectType) else {}


def describe(path: Path, error: GraphQLError) -> str:
    """The error as one line, with the place where it is."""
    line = error.locations[0].line if error.locations else 1
    return f"{path}:{line}: {error.message}"
