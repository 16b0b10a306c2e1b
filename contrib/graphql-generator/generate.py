"""Turns the GraphQL schema and the operation documents into Swift.

    python contrib/graphql-generator/generate.py [ROOT]

ROOT is the project's directory (default: the one that this file is in). Exit status 1 when a document or the schema is
refused: then nothing is written, and every fault is on stderr as `file:line: what is wrong`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import operations
import registry
import results
from documents import Refusal, load_documents, load_schema

SOURCES = Path("Sources/HoneydewAPI/GraphQL")
REGISTRY = Path("Sources/HoneydewCore/Generated/CommandRegistry+Generated.swift")
OPERATIONS = Path("Sources/HoneydewAPI/Generated/Operations.swift")
RESULTS = Path("Sources/HoneydewAPI/Generated/Results.swift")


def main(arguments: list[str]) -> int:
    root = Path(arguments[0]) if arguments else Path(__file__).resolve().parents[2]
    try:
        schema = load_schema(root / SOURCES / "schema.graphql")
        documents = load_documents(schema, root / SOURCES / "operations")
        texts = {
            REGISTRY: registry.render(documents),
            OPERATIONS: operations.render(documents),
            RESULTS: results.render(documents),
        }
    except (OSError, Refusal) as refusal:
        print(refusal, file=sys.stderr)
        return 1
    for path, text in texts.items():
        write(root / path, text)
    return 0


def write(path: Path, text: str) -> None:
    """Leaves a file that is already right untouched, so that nothing is built again for nothing."""
    if path.is_file() and path.read_text() == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    print(f"graphql: wrote {path}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
