from __future__ import annotations

from pathlib import Path

from harness.run.load.folders import Word, run_folder, runs_in, say_of, words_of


def test_runs_come_in_order_and_only_those_that_have_begun(tmp_path: Path) -> None:
    for number in (1, 2, 10):
        run_folder(tmp_path, number).mkdir()
    assert [number for number, _ in runs_in(tmp_path)] == [1, 2]
    assert list(runs_in(tmp_path / "nothing")) == []


def test_what_was_said_of_a_run_is_read_again(tmp_path: Path) -> None:
    words = [Word(1, "fail", "fail, outage, 6 s"), Word(2, "", "no module 'shop'")]
    for word in words:
        run_folder(tmp_path, word.number).mkdir()
        say_of(run_folder(tmp_path, word.number), word)
    run_folder(tmp_path, 3).mkdir()
    assert words_of(tmp_path) == words
