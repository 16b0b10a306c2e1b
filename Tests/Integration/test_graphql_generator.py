"""The generator refuses what does not fit the schema, and writes what is checked in."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from graphql import build_schema

ROOT = Path(__file__).resolve().parents[2]
GRAPHQL = Path("Sources/HoneydewAPI/GraphQL")
GENERATED = [
    Path("Sources/HoneydewCore/Generated/CommandRegistry+Generated.swift"),
    Path("Sources/HoneydewAPI/Generated/Operations.swift"),
    Path("Sources/HoneydewAPI/Generated/Results.swift"),
]
REPOSITORIES = GRAPHQL / "operations/github/repositories.graphql"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project that holds nothing but the schema and the documents."""
    shutil.copytree(ROOT / GRAPHQL, tmp_path / GRAPHQL)
    return tmp_path


def generate(project: Path) -> subprocess.CompletedProcess[str]:
    generator = ROOT / "contrib/graphql-generator/generate.py"
    return subprocess.run([sys.executable, generator, "."], cwd=project, capture_output=True, text=True, timeout=60)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_what_is_checked_in_is_what_the_generator_writes(project: Path) -> None:
    result = generate(project)
    assert (result.returncode, result.stderr) == (0, "")
    for path in GENERATED:
        assert (project / path).read_text() == (ROOT / path).read_text()


def test_every_root_field_is_a_command() -> None:
    schema = build_schema((ROOT / GRAPHQL / "schema.graphql").read_text())
    fields = schema.query_type.fields.keys() | schema.mutation_type.fields.keys()
    asked = re.findall(r'field: "(\w+)"', (ROOT / GENERATED[0]).read_text())
    assert len(asked) == len(set(asked))
    assert fields == set(asked)


def test_a_second_run_touches_nothing(project: Path) -> None:
    generate(project)
    before = [(project / path).stat().st_mtime_ns for path in GENERATED]
    assert generate(project).stdout == ""
    assert [(project / path).stat().st_mtime_ns for path in GENERATED] == before


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("    fullName\n", "    fulName\n", ":7: Cannot query field 'fulName' on type 'GitHubRepository'"),
        ("$organization: String!)", "$organization: Int!)", ":3: Variable '$organization' of type 'Int!'"),
        ("isPrivate\n", "isPrivate {\n", "Syntax Error"),
        ("    id\n", "    key: id\n", ":5: only plain fields"),
        ("github.repositories\n", "github.repos\n", ":1: the command is 'github.repos'"),
        ("# summary: ", "# sumary: ", ":2: "),
        ("# command", "# secret: password\n# command", ":1: the secret 'password' is no argument"),
        ("# command", "# repeatable\n# command", ":1: only a mutation"),
        ("GithubRepositories(", "Repositories(", "must be named GithubRepositories"),
        ("query ", "query Other { me { id } }\nquery ", "exactly one operation"),
        ("    defaultBranch\n  }", "    defaultBranch\n  }\n  listOrganizations", "exactly one root field"),
    ],
)
def test_a_document_that_does_not_fit_is_refused_with_its_place(
    project: Path, old: str, new: str, complaint: str
) -> None:
    edit(project / REPOSITORIES, old, new)
    result = generate(project)
    assert result.returncode == 1
    assert result.stderr.startswith(f"{REPOSITORIES}:")
    assert complaint in result.stderr
    assert not any((project / path).exists() for path in GENERATED)


def test_an_argument_that_the_document_does_not_offer_is_refused(project: Path) -> None:
    path = GRAPHQL / "operations/github/commits.graphql"
    edit(project / path, "  $author: String\n", "")
    edit(project / path, "    author: $author\n", "")
    result = generate(project)
    assert result.returncode == 1
    assert result.stderr == f"{path}:11: githubCommits also takes author: offer it\n"


def test_every_fault_is_told_at_once(project: Path) -> None:
    edit(project / REPOSITORIES, "fullName", "fulName")
    edit(project / GRAPHQL / "operations/auth/login.graphql", "accessToken", "accesToken")
    assert [line.split(":")[0] for line in generate(project).stderr.splitlines()] == [
        str(GRAPHQL / "operations/auth/login.graphql"),
        str(REPOSITORIES),
    ]


def test_a_broken_schema_is_refused_with_its_place(project: Path) -> None:
    edit(project / GRAPHQL / "schema.graphql", "type GitHubUser {", "typ GitHubUser {")
    result = generate(project)
    assert result.returncode == 1
    assert result.stderr.startswith(f"{GRAPHQL}/schema.graphql:")


def test_a_type_that_honeydew_reads_has_the_same_fields_everywhere(project: Path) -> None:
    path = GRAPHQL / "operations/auth/refresh.graphql"
    edit(project / path, "      username\n", "      username\n      role\n")
    result = generate(project)
    assert result.returncode == 1
    assert result.stderr == f"{path}:9: ask for the same fields of User wherever it stands\n"
    assert not any((project / path).exists() for path in GENERATED)


def test_what_honeydew_reads_has_the_nullability_of_the_schema(project: Path) -> None:
    for name in ("login", "refresh"):
        edit(project / GRAPHQL / f"operations/auth/{name}.graphql", "username\n    }", "status\n      createdAt\n    }")
    assert generate(project).returncode == 0
    text = (project / GENERATED[2]).read_text()
    assert "  let status: Int\n  let createdAt: String?\n" in text
    assert "struct User: ResultValue" in text and "GitHubRepository" not in text


def test_a_secret_inside_an_input_object_is_marked_where_it_is(project: Path) -> None:
    document = project / GRAPHQL / "operations/account/createUser.graphql"
    document.write_text(
        "# command: account.createUser\n# summary: Creates a user.\n# secret: input.password\n"
        "mutation AccountCreateUser($input: CreateUserInput!) { createUser(input: $input) { id } }\n"
    )
    assert generate(project).returncode == 0
    text = (project / GENERATED[0]).read_text()
    assert 'Argument("input", .object(name: "CreateUserInput", fields: [' in text
    assert 'Argument("password", .string, isRequired: true, isSecret: true)' in text
    assert "isMutation: true, isRepeatable: false" in text
