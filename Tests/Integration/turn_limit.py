"""How long one turn of the daemon's loop may last: meanwhile no other client is served (DESIGN, promise 8)."""

from honeydew_daemon import BINARIES

LIMIT = 0.020
# Generic Swift code without optimization, such as the decoder of messages, takes up to so many times as long; the kernel's
# and SQLite's part of a turn does not. So a debug build finds only what is far too long, as all of this once was.
DEBUG_FACTOR = 30


def limit():
    """In seconds, for the build under test."""
    return LIMIT * (DEBUG_FACTOR if BINARIES.resolve().name == "debug" else 1)


def assert_short_turns(daemon):
    """No turn since the daemon's start was longer than the limit."""
    longest = daemon.status().longest_turn_microseconds / 1e6
    print(f"the longest turn took {1000 * longest:.1f} ms")
    assert 0 < longest < limit(), f"a turn took {1000 * longest:.1f} ms; at most {1000 * limit():.0f} ms are allowed"
