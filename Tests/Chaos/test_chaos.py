"""The daemon dies at every named point of a turn, and at random; nothing that a client was told becomes untrue."""

import random

import pytest

from chaos import Round
from crashes import Crashes


@pytest.mark.parametrize(
    "disk",
    [
        "own",
        pytest.param("small", marks=pytest.mark.root("mount")),
        pytest.param("slow", marks=pytest.mark.root("slow disk")),
    ],
)
def test_the_books_balance_after_every_harm(disk):
    """Run again with the seed that it prints: python Tests/Chaos/chaos.py --seconds 20 --seed SEED --disk DISK."""
    seed = random.SystemRandom().randrange(1 << 31)
    print(f"seed {seed}")
    round_ = Round(seed, disk)
    assert round_.run(20 if disk == "small" else 5) == []


def test_deaths_of_workers_leave_nothing_behind():
    """Ten thousand of them: python Tests/Chaos/crashes.py"""
    seed = random.SystemRandom().randrange(1 << 31)
    print(f"seed {seed}")
    assert Crashes(seed).run(200) == []
