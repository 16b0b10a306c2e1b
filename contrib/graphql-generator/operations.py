"""Writes the operations: their documents, for HoneydewAPI."""

from __future__ import annotations

import swift
from documents import Document


def render(documents: list[Document]) -> str:
    """The whole file."""
    operations = "\n".join(render_operation(document) for document in documents)
    return f"""{swift.BANNER}
extension Operation {{
  /// Every operation, in the order of the commands' names.
  public static let all: [Operation] = [
{operations}
  ]
}}
"""


def render_operation(document: Document) -> str:
    return f"""    Operation(
      command: {swift.string(document.header.command)}, name: {swift.string(document.operation_name)},
      field: {swift.string(document.root.name.value)},
      document: {swift.string(document.text)}),"""
