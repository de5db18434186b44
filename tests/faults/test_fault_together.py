"""Several programs on one desk at the same time: nothing that was acknowledged is lost, and nobody is turned away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

import fault_work
import pytest
from faulty import Faulty
from small_desk import ANN, PASSPHRASE, copied, small_desk

from dreamdesk import pipeline
from dreamdesk.desk import corrections, database, decisions, episodes, ledger
from dreamdesk.model.decision import Verdict
from dreamdesk.model.errors import UserError

Survived = Callable[[str, Mapping[str, int]], None]


def test_decisions_imports_settings_and_backups_beside_one_another(faulty: Faulty, survived: Survived) -> None:
    works = ["decision", "decision", "decision", "import", "setting", "backup", "reading"]
    with faulty.laid("decision") as folder:
        ended = dict(enumerate(faulty.together(works, folder)))
        assert [one.words for one in ended.values()] == ["done"] * len(works)
        told = [line for number in (0, 1, 2) for line in ended[number].told]
        assert len(told) == 12
        fault_work.whole(folder, "decision", told)
        fault_work.taken_in(folder, ended[3].told)
        fault_work.changed(folder, ended[4].told)
        fault_work.backed_up(folder, ended[5].told)
        assert ended[6].told == ["[]"]
    survived("programs on one desk at the same time", {"programs": len(works), "decisions kept": len(told)})


def test_the_same_desk_is_brought_up_to_date_by_several_at_once(faulty: Faulty) -> None:
    with faulty.laid("migration") as folder:
        ended = faulty.together(["migration"] * 4, folder)
        assert [one.words for one in ended] == ["done"] * 4
        fault_work.whole(folder, "migration", ["opened"])


def test_the_same_desk_is_made_by_one_only(faulty: Faulty) -> None:
    with faulty.laid("creation") as folder:
        ended = faulty.together(["creation"] * 4, folder)
        assert not [one for one in ended if one.words.startswith("defect")]
        told = [line for one in ended for line in one.told]
        assert len(set(told)) == len(told) >= 1
        fault_work.created(folder, told)


def test_a_backup_is_put_back_while_others_decide(faulty: Faulty, survived: Survived) -> None:
    """What they decided before it is in the copy that is kept, what they decided after it on the restored desk."""
    counted: Counter[str] = Counter()
    for _ in range(3):
        with faulty.laid("restore") as folder:
            restoring, *others = faulty.together(["restore", "decision", "decision"], folder)
            assert [one.words for one in others] == ["done"] * 2, others
            assert restoring.words == "done" or restoring.words.startswith("sentence"), restoring
            kept: Counter[str] = Counter()
            for desk in (folder / fault_work.DESK, *folder.glob(f"{fault_work.DESK}.replaced-*")):
                if not desk.name.endswith(("-wal", "-shm")):
                    with closing(database.open_desk(desk, readonly=True)) as db:
                        kept += Counter(decision.comment for _, decision in decisions.all_decisions(db))
                        assert [fault for fault in pipeline.verify_desk(db) if "outside" not in fault] == []
            assert not Counter(line for one in others for line in one.told) - kept
        counted[restoring.words.split(":")[0]] += 1
    survived("backups put back while others decide", counted)


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    return copied(small_desk(tmp_path / "a.desk"), tmp_path / "copy")


def test_a_desk_that_another_program_holds_is_said_to_be_held(desk: Path) -> None:
    with closing(database.open_desk(desk)) as holding, closing(database.open_desk(desk)) as db:
        signer = pipeline.unlock(db, ANN, PASSPHRASE)
        db.execute("PRAGMA busy_timeout=50")
        holding.execute("BEGIN IMMEDIATE")
        size = ledger.size(db)
        hold = pipeline.reasons(Verdict.HOLD)[0].code
        waiting = corrections.ids(db)[-1]
        with pytest.raises(UserError, match=r"locked.*nothing of this step was kept"):
            pipeline.decide(db, waiting, Verdict.HOLD, hold, "held", signer)
        with pytest.raises(UserError, match=r"locked.*nothing of this step was kept"):
            pipeline.change_setting(db, "redact", "on", ANN)
        assert episodes.count(db) == 2  # reading goes on
        assert ledger.size(db) == size
        holding.execute("ROLLBACK")
        pipeline.change_setting(db, "redact", "on", ANN)
        assert pipeline.verify_desk(db) == []
