"""What `make build` lets pass as a release binary."""

import subprocess

import pytest

from honeydew_daemon import BINARIES, ROOT

GOOD = ["-pie", "-fPIE", "-fstack-protector-all", "-Wl,-z,relro,-z,now"]


def check(*binaries):
    return subprocess.run([ROOT / "contrib/check-binaries", *binaries], capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("flags, complaint", [
    ([], None), (["-Wl,-rpath,$ORIGIN"], "search path"), (["-Wl,-z,lazy"], "not bound"), (["-no-pie", "-fno-PIE"], "not position"),
    (["-Wl,-z,norelro"], "read-only relocations"),
])
def test_a_binary_that_is_not_hardened_is_no_release(tmp_path, flags, complaint):
    (tmp_path / "a.c").write_text("#include <stdio.h>\nint main(int n, char **a) { char b[64]; snprintf(b, 64, \"%s\", a[0]); puts(b); }\n")
    subprocess.run(["gcc", *GOOD, *flags, "-o", tmp_path / "a", tmp_path / "a.c"], check=True)
    result = check(tmp_path / "a")
    assert (result.returncode != 0) == (complaint is not None) and (complaint or "") in result.stderr


def test_debug_binaries_are_no_release():
    result = check(BINARIES / "honeydewd")
    assert result.returncode == 1 and "search path" in result.stderr and "not bound" in result.stderr
