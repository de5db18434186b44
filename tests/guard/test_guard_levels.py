"""The verification level: the first thing that is missing decides."""

from __future__ import annotations

from dataclasses import replace

from guard_cases import APPROVED, DENIED, agent, call, case, reached, result

from dreamdesk.model.check import Level
from dreamdesk.model.correction import Provenance
from dreamdesk.model.episode import Episode
from dreamdesk.model.finding import Candidate, Category, Finding

ERROR = Candidate(5, Category.D5, 0.8, "offline", "misread")


def purchase_detector(episode: Episode) -> list[Finding]:
    """Accuse every step that speaks of the purchase date, and weakly every step that speaks of kettles."""
    found = [Finding(s.index, "purchase", 0.7, Category.D5, "w") for s in episode.steps if "purchase date" in s.content]
    return found + [Finding(s.index, "kettle", 0.2, Category.D9, "w") for s in episode.steps if "kettle" in s.content]


def test_no_level_without_structure():
    good = case(APPROVED)
    assert reached(replace(good, revision=replace(good.revision, prefix=""))) is Level.NONE


def test_v0_when_a_tool_is_unknown():
    assert reached(case([call("wire_money", amount=5)])) is Level.V0


def test_v1_when_a_result_is_simulated():
    assert reached(case(APPROVED)) is Level.V1


def test_v2_when_a_fact_stands_nowhere():
    assert reached(case([agent("It costs $47.")])) is Level.V2


def test_v3_without_detectors_and_v4_when_the_error_is_gone():
    grafted = case(APPROVED, results=Provenance.GRAFTED)
    assert reached(grafted) is Level.V3
    assert reached(replace(grafted, error=ERROR, findings=purchase_detector)) is Level.V4


def test_v3_when_the_error_is_still_found():
    same = case([agent("It runs from the purchase date, truly.")], error=ERROR, findings=purchase_detector)
    assert reached(same) is Level.V3


def test_v3_when_no_detector_saw_the_error():
    unseen = case(APPROVED, results=Provenance.GRAFTED, error=ERROR, findings=lambda episode: [])
    assert reached(unseen) is Level.V3


def test_a_weak_new_finding_does_not_hide_that_the_error_is_gone():
    steps = [
        agent("The kettle is covered."),
        call("get_order", order_id="#W8855135"),
        DENIED[2],
        agent("Yes, covered."),
    ]
    assert reached(case(steps, results=Provenance.REPLAYED, error=ERROR, findings=purchase_detector)) is Level.V4


def test_v6_is_never_given():
    assert max(Level.V4, reached(case([result("")]))) < Level.V5
