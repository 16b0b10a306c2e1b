"""Python's classes of Protos/, made where they are imported from."""

import os
import sys
import tempfile
from pathlib import Path

from grpc_tools import protoc

ROOT = Path(__file__).resolve().parents[1]


def import_from(directory: Path, *sources: str, services: bool = False) -> None:
    """Compiles .proto files into the directory, and has Python find them there.

    Several processes may do so at once: none of them ever sees half a file.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=directory.parent) as fresh:
        outputs = [f"--python_out={fresh}", *([f"--grpc_python_out={fresh}"] if services else [])]
        assert protoc.main(["protoc", f"-I{ROOT / 'Protos'}", *outputs, *sources]) == 0, "protoc failed"
        for path in Path(fresh).iterdir():
            os.replace(path, directory / path.name)
    sys.path.insert(0, str(directory))
