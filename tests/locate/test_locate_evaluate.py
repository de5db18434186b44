"""Measures against values reckoned by hand; fitting, calibration and the table on made-up labels."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from dreamdesk.cli.main import run
from dreamdesk.locate.calibration import TARGET, calibrate, heated, prediction_set
from dreamdesk.locate.evaluate.cases import Case
from dreamdesk.locate.evaluate.metrics import Ranking, calibration_error, coverage, interval, mean, measures
from dreamdesk.locate.evaluate.table import CROSSED, RANDOM, SHIPPED, UNSEEN, evaluate
from dreamdesk.locate.fitting import Rows, cross_fitted, fit, leave_one_out
from dreamdesk.locate.ranker import Weights, model_in, model_out, probabilities, shipped_model
from dreamdesk.locate.training import train

FLAT = Weights({}, 0.0)


def made(count: int = 40, family: str = "a", seed: int = 0) -> list[Rows]:
    """Return rows in which the sign "first-error" is at the label in four of five episodes."""
    draw = random.Random(seed)
    found = []
    for _ in range(count):
        label = draw.randrange(8)
        shown = label if draw.random() < 0.8 else draw.randrange(8)
        features = [{"first-error": float(place == shown), "+length": 0.5} for place in range(8)]
        found.append(Rows(family, list(range(8)), features, label, label))
    return found


def test_the_measures_of_one_episode_are_those_reckoned_by_hand() -> None:
    agents = {0: "A", 4: "B", 7: "A", 9: "A"}
    found = measures(Ranking([4, 9, 7, 0], 7, agents))
    assert found == {
        "exact": 0, "within 1": 0, "within 3": 1, "within 5": 1, "top 3": 1, "top 5": 1, "MRR": 1 / 3, "agent": 0,
        "read": 3, "in order": 3,
    }  # fmt: skip
    hit = measures(Ranking([9, 4], 9, agents))
    assert (hit["exact"], hit["agent"], hit["MRR"], hit["read"], hit["in order"]) == (1, 1, 1, 1, 2)


def test_a_label_at_no_decision_is_a_miss_everywhere() -> None:
    found = measures(Ranking([0, 4], 2, {0: "A", 4: "A"}))
    assert (found["exact"], found["top 5"], found["MRR"], found["read"]) == (0, 0, 0, 3)
    assert "agent" not in found


def test_step_one_is_no_hit_for_step_twelve() -> None:
    assert measures(Ranking([12, 1], 1, {}))["exact"] == 0


def test_calibration_error_coverage_and_means_by_hand() -> None:
    sure = Ranking([0, 1], 0, {}, (0.9, 0.1), 1)
    wrong = Ranking([0, 1], 1, {}, (0.9, 0.1), 1)
    unsure = Ranking([1, 0], 0, {}, (0.55, 0.45), 2)
    assert calibration_error([sure, wrong, unsure]) == pytest.approx((abs(1 - 1.8) + abs(0 - 0.55)) / 3)
    assert coverage([sure, wrong, unsure]) == (pytest.approx(2 / 3), pytest.approx(4 / 3))
    assert calibration_error([Ranking([0], 0, {})]) is None
    assert mean([{"exact": 1.0}, {"exact": 0.0, "agent": 1.0}]) == {"exact": 0.5, "agent": 1.0}
    low, high = interval([0.0, 1.0] * 50)
    assert 0.38 <= low <= 0.42
    assert 0.58 <= high <= 0.62


def test_fitting_finds_the_sign_and_is_the_same_every_time() -> None:
    rows = made()
    weights = fit(rows, FLAT)
    assert weights.of("first-error") > 1.5
    assert weights == fit(rows, FLAT)
    assert fit([], FLAT) == FLAT
    assert abs(fit(rows, FLAT, ridge=1e6).of("first-error")) < 0.01


def test_a_sign_never_speaks_for_innocence() -> None:
    rows = [Rows("a", [0, 1], [{"stall": 0.0}, {"stall": 1.0}], 0, 0) for _ in range(30)]
    assert fit(rows, Weights({}, 0.3)).of("stall") == 0


def test_leaving_one_out_equals_fitting_without_it() -> None:
    rows = made(25)
    left = leave_one_out(rows, FLAT)
    for place in (0, 7, 24):
        alone = fit(rows[:place] + rows[place + 1 :], FLAT)
        assert left[place] == pytest.approx(probabilities(rows[place].features, alone), abs=2e-3)
    assert cross_fitted(rows, FLAT, [[i] for i in range(25)]) == left


def test_calibration_is_measured_not_hoped_for() -> None:
    draw = random.Random(3)
    chances = [[0.9, 0.05, 0.05]] * 100
    targets: list[int | None] = [0 if draw.random() < 0.5 else 1 for _ in range(100)]
    measured = calibrate(chances, targets)
    assert measured.temperature > 1.5
    top = measured.band(heated([0.9, 0.05, 0.05], measured.temperature)[0])
    assert top.n == 100
    assert top.rate == pytest.approx(targets.count(0) / 100)
    held = sum(t in measured.likely(heated(c, measured.temperature)) for c, t in zip(chances, targets, strict=True))
    assert held >= TARGET * 100
    assert prediction_set([0.2, 0.5, 0.3], 0.75) == [1, 2]
    assert calibrate([], []).bands == ()


def test_a_model_survives_its_json() -> None:
    model = shipped_model()
    again = model_in(json.loads(json.dumps(model_out(model))))
    assert again == model
    assert set(model.profiles) == {"chat team", "orchestrator and workers", "tool-calling service"}
    assert not any(name.startswith("@") for name in model.general.features)


def test_the_table_sets_the_ranker_beside_chance() -> None:
    rows = made(30) + made(30, "b", 1)
    cases = [Case(row, dict.fromkeys(row.steps, "A"), {"first error": 0}) for row in rows]
    lines = {(line.family, line.method): line for line in evaluate(cases, train(rows), seeds=1)}
    for family in ("a", "b"):
        assert lines[family, CROSSED].figures["exact"] > 0.6
        assert lines[family, UNSEEN].figures["exact"] > 0.6
        assert lines[family, SHIPPED].episodes == 30
        assert lines[family, RANDOM].figures["exact"] == pytest.approx(1 / 8, abs=0.05)
        low, high = lines[family, CROSSED].intervals["exact"]
        assert low <= lines[family, CROSSED].figures["exact"] <= high


def test_the_command_line_evaluates_a_labelled_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "team"
    folder.mkdir()
    for number in range(3):
        history = [
            {"content": "We count the ships.", "role": "assistant", "name": "Ann"},
            {"content": "```python\nx\n```", "role": "assistant", "name": "Bob"},
            {"content": "exitcode: 1 (execution failed)\nNameError: x", "role": "user", "name": "Computer_terminal"},
            {"content": "It is 7.", "role": "assistant", "name": "Ann"},
        ]
        labelled = {
            "is_correct": False, "question": "How many ships?", "question_ID": str(number), "level": "1",
            "ground_truth": "3", "history": history, "mistake_agent": "Bob", "mistake_step": "1",
            "mistake_reason": "It does not run.", "system_prompt": {},
        }  # fmt: skip
        (folder / f"{number}.json").write_text(json.dumps(labelled))
    assert run(["evaluate", "--labels", str(tmp_path), "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    shipped = next(line for line in lines if line["method"] == SHIPPED)
    assert (shipped["family"], shipped["episodes"], shipped["figures"]["exact"]) == ("team", 3, 1.0)
    assert run(["evaluate", "--labels", str(tmp_path)]) == 0
    assert "step before the first error" in capsys.readouterr().out
    assert run(["evaluate", "--labels", str(tmp_path / "none")]) == 2


def test_the_shipped_weights_find_what_the_data_card_says(shared_data: Path) -> None:
    from dreamdesk.pipeline.evaluating import labelled_cases

    cases = labelled_cases(shared_data / "labels" / "who-and-when" / "algorithm-generated")
    lines = {line.method: line for line in evaluate(cases, shipped_model(), seeds=1)}
    assert lines[CROSSED].figures["exact"] >= 0.4
    assert lines[CROSSED].figures["top 3"] >= 0.8
    assert lines[CROSSED].figures["exact"] > lines["step before the first error"].figures["exact"]
