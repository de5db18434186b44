"""The bundle: what stands in it, and that stock tools read it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from dreamdesk.model.correction import Provenance
from dreamdesk.model.decision import Decision, Role, Verdict
from dreamdesk.model.errors import UserError
from dreamdesk.release.bundle import write
from dreamdesk.release.content import Content, Item
from dreamdesk.release.verify import verify
from dreamdesk.review import signing
from dreamdesk.review.identity import Signer, make_auditor, unlock

Rows = Callable[[str], list[dict[str, Any]]]


def test_it_is_sound(bundle: Path) -> None:
    assert verify(bundle) == []
    assert verify(bundle, bundle / "allowed_signers") == []


def test_it_runs_its_own_check_with_bare_python(bundle: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-I", "-S", str(bundle / "verify.py")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "sound" in done.stdout
    assert "Compare them" in done.stdout
    given = [*command, str(bundle), "--allowed-signers", str(bundle / "allowed_signers")]
    done = subprocess.run(given, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "The bundle is sound.\n")
    done = subprocess.run([*command, str(tmp_path / "no")], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "FAULT" in done.stdout


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="sha256sum is not installed here")
@pytest.mark.parametrize("manifest", ["manifest-sha256.txt", "tagmanifest-sha256.txt"])
def test_sha256sum_agrees(bundle: Path, manifest: str) -> None:
    subprocess.run(["sha256sum", "--strict", "--quiet", "-c", manifest], cwd=bundle, check=True)


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed here")
def test_ssh_keygen_agrees_with_the_commands_that_verify_txt_gives(bundle: Path) -> None:
    text = (bundle / "VERIFY.txt").read_text().replace("\\\n", " ")
    commands = [line.strip() for line in text.splitlines() if "-Y verify" in line and "NOTICE" not in line]
    assert len(commands) == 2
    for command in commands:
        subprocess.run(command, cwd=bundle, shell=True, check=True, capture_output=True)
        wrong = command.replace("-n dreamdesk-", "-n other-")
        assert subprocess.run(wrong, cwd=bundle, shell=True, check=False, capture_output=True).returncode


def test_the_signers_are_those_who_may_decide_and_release(bundle: Path) -> None:
    lines = (bundle / "allowed_signers").read_text().splitlines()
    assert [line.split(" ssh-")[0] for line in lines] == [
        '"Lea Müller" namespaces="dreamdesk-decision,dreamdesk-bundle,dreamdesk-recall"',
        '"anna" namespaces="dreamdesk-decision,dreamdesk-bundle,dreamdesk-recall"',
    ]


def test_training_rows_are_one_turn_each_and_hold_nothing_else(rows: Rows) -> None:
    sft = rows("sft/trl_prompt_completion.jsonl")
    assert len(sft) == 3  # two turns of the first correction; of the second none after the simulated result
    assert all(set(row) == {"prompt", "completion", "tools"} for row in sft)
    first, second, third = sft
    assert [message["role"] for message in first["prompt"]] == ["system", "user"]
    assert first["prompt"][0]["content"] == "Look before you refund."
    call = {"type": "function", "function": {"name": "look", "arguments": {"order": 7}}}
    assert first["completion"][0]["tool_calls"] == [call]
    assert first["completion"][0]["content"].startswith("Let me look.<script>")
    assert [message["role"] for message in second["prompt"]] == ["system", "user", "assistant", "tool"]
    assert second["completion"] == [{"role": "assistant", "content": "It was never paid, so I cannot refund it."}]
    assert third["completion"][0]["content"] == "Let me look."
    assert first["tools"][1]["function"]["name"] == "look"


def test_preference_pairs_the_first_turn_with_what_was_recorded(rows: Rows) -> None:
    pairs = rows("preference/trl_dpo.jsonl")
    assert len(pairs) == 2
    assert all(set(row) == {"prompt", "chosen", "rejected", "tools"} for row in pairs)
    assert pairs[0]["rejected"][0]["tool_calls"][0]["function"]["name"] == "refund"
    assert pairs[0]["chosen"] == rows("sft/trl_prompt_completion.jsonl")[0]["completion"]
    case = rows("evals/regression.jsonl")[0]
    assert (case["must"], case["must_not"]) == (pairs[0]["chosen"], pairs[0]["rejected"])


def test_every_row_leads_back_to_a_decision_a_revision_and_a_source(rows: Rows, content: Content) -> None:
    entries = rows("provenance/rows.jsonl")
    files = {entry["file"] for entry in entries}
    assert len(entries) == sum(len(rows(name)) for name in files)
    assert {"sft/trl_prompt_completion.jsonl", "preference/trl_dpo.jsonl", "evals/regression.jsonl"} < files
    assert {entry["correction"] for entry in entries} == {1, 2}
    assert entries[0]["revision_sha256"] in {item.revision.digest() for item in content.items}
    assert {tuple(entry["provenances"]) for entry in entries} == {("dreamed", "dreamed"), ("authored",)}
    decisions = rows("provenance/decisions.jsonl")
    assert [row["auditor"]["name"] for row in decisions] == ["anna", "Lea Müller", "anna", "Lea Müller"]
    (source,) = rows("provenance/sources.jsonl")
    assert source["name"] == "run.jsonl"
    assert "secret" not in json.dumps(source)
    assert [place["corrections"] for place in source["episodes"].values()] == [[1], [2]]


def test_simulated_rows_are_there_when_asked_for(tmp_path: Path, content: Content, lea: Signer) -> None:
    asked = replace(content, simulated_rows=True)
    made = write(tmp_path / "b", asked, lea.sshsig, lea.auditor.name)
    assert (made / "data/sft/trl_prompt_completion.jsonl").read_bytes().count(b"\n") == 4
    assert "ARE in here" in (made / "data/README.md").read_text()


def test_the_same_content_gives_the_same_bytes(tmp_path: Path, bundle: Path, content: Content, lea: Signer) -> None:
    shuffled = replace(content, items=content.items[::-1], auditors=content.auditors[::-1])
    again = write(tmp_path / "again", shuffled, lea.sshsig, lea.auditor.name)
    files = sorted(path.relative_to(bundle) for path in bundle.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(again) for path in again.rglob("*") if path.is_file())
    for name in files:
        assert (bundle / name).read_bytes() == (again / name).read_bytes(), name


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: dict[str, int] = {}
        self.links: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] = self.tags.get(tag, 0) + 1
        self.links += [value or "" for name, value in attrs if name in ("src", "href", "style", "action")]
        assert not any(name.startswith("on") for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_the_report_is_readable_and_hostile_text_in_it_is_text(bundle: Path) -> None:
    text = (bundle / "data/report/report.html").read_text(encoding="utf-8")
    page = _Page()
    page.feed(text)
    assert not {"script", "img", "iframe", "link", "object", "form", "base"} & set(page.tags)
    assert {"#correction-1", "#correction-2", "../../data/audit/events.jsonl"} < set(page.links)
    assert all(link.startswith(("#", "../")) for link in page.links)
    assert "\u202e" not in text
    assert "\x1b" not in text
    words = "".join(page.words)
    for said in (
        "<script>alert(1)</script>", "⟦U+202E⟧", "$title ${style}", "anna (reviewer)", "Lea Müller (approver)",
        "SHA256:", "approve it to be learned from", "It refunded unseen.", "Policy or instruction not followed",
        "It was never paid", "Warnings accepted: secrets", "Not a key.", "2 for invented-facts",
        "1 corrected steps are tool results",
    ):  # fmt: skip
        assert said in words, said


def test_the_card_cannot_be_broken_out_of(tmp_path: Path, content: Content, lea: Signer) -> None:
    yaml = pytest.importorskip("yaml")
    hostile = replace(content, desk='😀 x"\n---\nconfigs: []\n', rejected={})
    made = write(tmp_path / "b", hostile, lea.sshsig, lea.auditor.name)
    head = yaml.safe_load((made / "data/README.md").read_text().split("\n---\n")[0])
    assert head["pretty_name"] == '😀 x" --- configs: [], release 3'
    assert {"sft", "preference", "regression"} < {entry["config_name"] for entry in head["configs"]}
    (sft,) = (entry for entry in head["dataset_info"] if entry["config_name"] == "sft")
    assert sft["features"][0] == {"name": "prompt", "list": "json"}
    assert verify(made) == []


def test_progress_and_cancelling(tmp_path: Path, content: Content, lea: Signer) -> None:
    seen: list[tuple[int, int]] = []
    write(tmp_path / "a", content, lea.sshsig, lea.auditor.name, lambda done, total: seen.append((done, total)))
    assert seen == [(1, 2), (2, 2)]
    with pytest.raises(UserError, match="cancelled"):
        write(tmp_path / "b", content, lea.sshsig, lea.auditor.name, cancelled=lambda: True)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def unentered(item: Item, signer: Signer) -> Decision:
    """Return an approval of the item that no ledger has seen."""
    return signing.decide(
        correction=item.correction, revision=item.revision, episode=item.episode, source=item.source, error=item.error,
        checks=item.checks, level=item.level, verdict=Verdict.APPROVE, reason="warning-false-alarm", comment="again",
        signer=signer, at=item.decisions[-1].at + 9, tool_version="0.1.0",
    )  # fmt: skip


def test_what_is_not_fit_to_leave_is_refused_and_leaves_nothing(tmp_path: Path, content: Content, lea: Signer) -> None:
    def refused(changed: Content, match: str, signer: str = lea.auditor.name) -> None:
        with pytest.raises(UserError, match=match):
            write(tmp_path / "b", changed, lea.sshsig, signer)
        assert list(tmp_path.iterdir()) == []

    first = content.items[0]
    refused(replace(content, items=()), "nothing to release")
    authors = tuple(replace(auditor, role=Role.AUTHOR) for auditor in content.auditors)
    refused(replace(content, auditors=authors), "only they release")
    refused(content, "only they release", "nobody")
    refused(replace(content, items=(replace(first, decisions=first.decisions[:1]),)), "1 of 2 approvals")
    older = tuple(replace(decision, revision=1) for decision in first.decisions)
    refused(replace(content, items=(replace(first, decisions=older),)), "0 of 2 approvals")
    other = replace(first.revision, note="", start=1, steps=first.revision.steps[:2])
    refused(replace(content, items=(replace(first, revision=other),)), "own check.*not approved by 2")
    refused(replace(content, checkpoint="x\n1\n2\n"), "own check.*checkpoint")
    twice = replace(first, decisions=(*first.decisions, unentered(first, lea)))
    refused(replace(content, items=(twice, *content.items[1:])), "own check.*a decision is not in the ledger")
    fewer = replace(content, required_approvals=1, items=(replace(first, decisions=first.decisions[:1]),))
    refused(fewer, "own check.*the ledger has a decision that is not here")
    refused(replace(content, auditors=content.auditors[1:]), "own check.*may not sign decisions")
    (tmp_path / "there").mkdir()
    with pytest.raises(UserError, match="there already"):
        write(tmp_path / "there", content, lea.sshsig, lea.auditor.name)
    with pytest.raises(UserError, match="could not be written"):
        write(tmp_path / "there" / "no" / ("x" * 300), content, lea.sshsig, lea.auditor.name)


def test_a_crash_in_the_middle_leaves_no_bundle(tmp_path: Path, content: Content, lea: Signer) -> None:
    def crash(message: bytes, namespace: str) -> str:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "b", content, crash, lea.auditor.name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_kill_in_the_middle_leaves_no_bundle_and_does_not_stand_in_the_way(
    tmp_path: Path, content: Content, lea: Signer
) -> None:
    child = os.fork()
    if not child:
        write(tmp_path / "b", content, lambda *_: os.kill(os.getpid(), signal.SIGKILL), lea.auditor.name)  # type: ignore
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    assert not (tmp_path / "b").exists()
    write(tmp_path / "b", content, lea.sshsig, lea.auditor.name)
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def test_a_signature_that_does_not_fit_leaves_no_bundle(tmp_path: Path, content: Content) -> None:
    stranger = unlock(make_auditor("eve", Role.APPROVER, "long enough"), "long enough")
    with pytest.raises(UserError, match="own check"):
        write(tmp_path / "b", content, stranger.sshsig, "Lea Müller")
    assert list(tmp_path.iterdir()) == []


def test_every_provenance_is_kept(rows: Rows) -> None:
    steps = [corrected for row in rows("provenance/revisions.jsonl") for corrected in row["steps"]]
    assert {Provenance(corrected["provenance"]) for corrected in steps} == {
        Provenance.DREAMED, Provenance.REPLAYED, Provenance.SIMULATED, Provenance.AUTHORED,
    }  # fmt: skip
