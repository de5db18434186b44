"""Try the built program as a stranger's laptop would: ``python tools/try_built_program.py dist/dreamdesk/dreamdesk``.

It is started with an empty environment and without a network, from a folder that is not the source tree, and taken
through a day: import, locate, dream, check, auditors and keys, decisions, packets, oversight, release in every format,
verification, recall, memory, backup, erasure, an environment of somebody else's, and the window. The first thing that
goes wrong ends it with a sentence and status 1.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from dreamdesk.release.formats import formats  # noqa: E402

SAMPLES = ROOT / "resources" / "samples"
PACKED = ROOT / "tests" / "hostile" / "files"
SANDBOX = (ROOT / "tests" / "environment" / "sandboxes.py").read_text("utf-8").split('"""')[3]
PASSPHRASE = "correct horse battery"
_OFFLINE = ["unshare", "--map-root-user", "--net"] if sys.platform == "linux" else []


class Trial:
    """One run through everything, in a folder of its own.

    Args:
        program: The built program.
        folder: Where its files go; the home of the program as well.
    """

    def __init__(self, program: Path, folder: Path) -> None:
        self.program, self.folder = program, folder
        self.env = {"HOME": str(folder), "DREAMDESK_PASSPHRASE": PASSPHRASE}
        self.desk = folder / "a.desk"

    def run(self, *words: object, desk: Path | bool | None = True, status: int = 0, **env: str) -> list[Any]:
        """Run one command line with ``--json``; check its exit status and return its lines."""
        where = ["--desk", str(self.desk if desk is True else desk)] if desk else []
        command = [*_OFFLINE, str(self.program), *map(str, words), *where, "--json"]
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=self.folder, env=self.env | env, timeout=600, check=False
        )
        if done.returncode != status or "Traceback" in done.stderr:
            raise SystemExit(f"{' '.join(command)}\nended with {done.returncode}:\n{done.stdout[-500:]}\n{done.stderr}")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def expect(self, what: str, held: object) -> None:
        """Print that *what* was seen, or stop."""
        if not held:
            raise SystemExit(f"not so: {what}")
        print(f"  {what}", flush=True)

    def reading(self) -> None:
        """Import folders, an archive and a zstd file; locate, dream, check."""
        lines = self.run("import", SAMPLES)
        read = {line["format"] for line in lines if line.get("format")}
        self.expect(f"sample folders read: {', '.join(sorted(read))}", len(read) >= 4)
        for name in ("zip-traces.zip", "zip-traces-zstd.zip", "zst-good.jsonl.zst"):
            lines = self.run("import", PACKED / name, desk=self.folder / "packed.desk")
            self.expect(f"{name} read", lines[0]["episodes"] and not lines[0]["skipped"])
        self.run("mapping", "list")
        self.expect("error points located", self.run("locate"))
        self.run("dream", "--source", "graft")
        self.expect("guardrails ran", self.run("check"))
        self.expect("environments fit", any(line["episodes"] for line in self.run("environments")))

    def outside(self) -> None:
        """Install an environment beside the program, and let it run."""
        beside = self.program.resolve().parent / "environments"
        info = beside / "acme-1.dist-info"
        info.mkdir(parents=True)
        try:
            (beside / "acme_sandbox.py").write_text(SANDBOX.format(name="acme", on_call="pass", fits="True"))
            (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1\n")
            (info / "entry_points.txt").write_text("[dreamdesk.environments]\nacme = acme_sandbox:ENVIRONMENT\n")
            desk = self.folder / "outside.desk"
            shutil.copy(self.desk, desk)
            self.run("setting", "environments", "acme", desk=desk)
            (one,) = [line for line in self.run("environments", desk=desk) if line["id"] == "acme"]
            self.expect("an environment of somebody else's runs in a process of its own", one["episodes"])
            self.expect("and breaks nothing", not one["fault"])
        finally:
            shutil.rmtree(beside)

    def deciding(self) -> None:
        """Auditors, one of whom signs through ssh-keygen, and approvals."""
        key = self.folder / "key"
        keygen = ["ssh-keygen", "-q", "-t", "ed25519", "-N", PASSPHRASE, "-f", str(key)]
        subprocess.run(keygen, check=True, timeout=60)
        self.run("auditor", "add", "Cy", "--role", "reviewer")
        self.run("auditor", "add", "Kim", "--role", "approver", "--key", key, PATH=os.environ["PATH"])
        blocked = {line["correction"] for line in self.run("list", "checks") if line["result"] == "block"}
        free = [line["id"] for line in self.run("list", "corrections") if line["id"] not in blocked]
        reason = next(line["id"] for line in self.run("list", "reasons") if "approve" in line["verdicts"])
        words = ("--verdict", "approve", "--reason", reason, "--comment", "read")
        self.run("decide", free[0], *words, "--as", "Kim", PATH=os.environ["PATH"])
        for correction in free[1:]:
            self.run("decide", correction, *words, "--as", "Cy")
        states = [line["state"] for line in self.run("list", "corrections")]
        self.expect("corrections approved, one through ssh-keygen", states.count("approved") == len(free))

    def sharing(self) -> None:
        """A packet to a second desk, and a sampling plan."""
        packet = self.folder / "a.packet"
        self.run("packet", "make", "--for", "Bo", "--queue", "all", "--exchange", "--out", packet, "--as", "Cy")
        self.run("packet", "show", packet, desk=None)
        second = self.folder / "b.desk"
        self.run("import", SAMPLES / "data-processing", desk=second)
        keys = sorted(set(re.findall(r"SHA256:[\w+/]{43}", json.dumps(self.run("auditor", "keys")))))
        confirmed = [word for key in keys for word in ("--confirm", key)]
        self.run("packet", "import", packet, *confirmed, desk=second)
        self.expect("a packet made and joined", self.run("list", "decisions", desk=second))
        self.run("oversight", "plan", "--share", "0.2", "--confidence", "0.9", "--as", "Cy")
        self.expect("a sample planned", self.run("oversight", "show"))

    def memory(self) -> None:
        """Compare two states of a memory and decide on every change that may be approved."""
        states = [self.folder / name for name in ("week44", "week45")]
        for state in states:
            shutil.copytree(SAMPLES / "memory" / state.name, state)
        self.run("memory", "import", *states)
        reason = next(line["id"] for line in self.run("list", "reasons") if "approve" in line["verdicts"])
        for line in self.run("memory", "list"):
            verdict, why = ("reject", "other") if line["blocks"] else ("approve", reason)
            words = ("--verdict", verdict, "--reason", why, "--comment", "read", "--as", "Cy")
            self.run("memory", "decide", line["id"], *words)

    def releasing(self) -> None:
        """A bundle in every format, verified three ways; a recall; a plan for memory applied."""
        chosen = [word for one in formats() for word in ("--format", one.name)]
        lines = self.run(
            "release",
            "--out",
            self.folder / "out",
            "--as",
            "Cy",
            "--change",
            "yes:tried",
            "--waive",
            "all:invented",
            *chosen,
        )
        bundle = Path(lines[0]["bundle"])
        pdf = next(bundle.rglob("*.pdf")).read_bytes()
        self.expect(f"released as {bundle.name}, with a PDF of {len(pdf)} bytes", pdf.startswith(b"%PDF"))
        self.expect("verified by the program", self.run("verify", bundle, desk=None)[0]["verified"])
        for command in ([sys.executable, "-I", "verify.py"], ["sh", "verify.sh"]):
            done = subprocess.run(command, cwd=bundle, capture_output=True, text=True, timeout=300, check=False)
            self.expect(f"verified by {command[-1]}", done.returncode == 0)
        self.run(
            "report-bundle", bundle, "--pdf", self.folder / "again.pdf", "--html", self.folder / "a.html", desk=None
        )
        plan = next(bundle.rglob("*.plan.json"))
        self.run("memory", "apply", plan, self.folder / "week44", desk=None)
        self.expect("a memory plan applied", (self.folder / "week44" / "skills" / "claims.md").is_file())
        self.run("recall", "1", "--reason", "tried", "--as", "Cy", "--out", self.folder)
        self.expect("recalled", self.run("bundles"))

    def keeping(self) -> None:
        """Backup, receipt, erasure, restoration and the verification of the desk."""
        self.expect("the desk verifies", self.run("verify")[0]["verified"])
        self.run("desk", "backup", "--out", self.folder / "copy.desk")
        self.run("desk", "receipt")
        self.expect("an erasure previewed", self.run("erase", "--text", "Brambleford", "--preview"))
        self.run("erase", "--text", "S-4401", "--reason", "asked for", "--as", "Cy")
        self.expect("erased, and the desk verifies", self.run("verify")[0]["verified"])

    def window(self) -> None:
        """Open the window on the desk, and see that it stays open and says nothing of an error."""
        env = self.env | {"LANG": "C.UTF-8", "QT_QPA_PLATFORM": "offscreen"}
        platforms = ["offscreen"]
        if shutil.which("xvfb-run"):
            platforms.append("xcb")
        for platform in platforms:
            shown = ["xvfb-run", "-a"] if platform == "xcb" else []
            with (self.folder / "said").open("w+") as said:
                path = {"PATH": os.environ["PATH"]} if shown else {}
                process = subprocess.Popen(
                    [*_OFFLINE, *shown, str(self.program), str(self.desk)],
                    env=env | path | {"QT_QPA_PLATFORM": platform}, stdout=said, stderr=said, cwd=self.folder,
                    start_new_session=True,
                )  # fmt: skip
                time.sleep(12)
                alive = process.poll() is None
                os.killpg(process.pid, 15)
                process.wait(30)
                said.seek(0)
                words = said.read()
            self.expect(f"the window stays open on {platform}{words and ': ' + words}", alive and "Trace" not in words)


def main(program: Path) -> None:
    """Try *program*; say what was seen."""
    with tempfile.TemporaryDirectory(prefix="dreamdesk-trial-") as folder:
        trial = Trial(program.resolve(), Path(folder))
        for step in (
            *(trial.reading, trial.outside, trial.deciding, trial.sharing),
            *(trial.memory, trial.releasing, trial.keeping, trial.window),
        ):
            print(f"{step.__name__}:", flush=True)
            step()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
