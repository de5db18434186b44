"""VERIFY.txt: how to check a bundle with tools that are not DreamDesk's, and what each of them proves."""

from __future__ import annotations

from collections.abc import Sequence

_TEXT = """\
How to check this bundle with tools that are not DreamDesk's. Run everything in this folder.

Use programs and a list of signers that you hold yourself, from the first bundle that you trust or from the desk: the
copies in here prove nothing by themselves, since whoever could change the bundle could have changed them, too.

1. Everything that stock tools can check, in one go (a POSIX shell with coreutils or busybox, and ssh-keygen; on
   Windows PowerShell). The exit status is 0 if nothing was found, 1 if something was, 2 if it cannot be told:
     sh verify.sh . /path/to/your/allowed_signers
     powershell -File verify.ps1 -AllowedSigners C:\\path\\to\\your\\allowed_signers
   This proves: no file or folder was changed, added or taken away since the list was signed; {signers} signed it;
   every decision was signed by the auditor whose name it bears; every training row is one that the provenance names,
   under an approved revision (verify.sh); the ledger is one chain (verify.sh).

2. Everything, with Python 3.9 or newer, no other package and no network (the files verify_*.py must lie beside it).
   The exit status is 0 if the bundle is sound, 1 if not, 2 where the command was wrong, 3 if it was recalled:
     python3 verify.py --allowed-signers /path/to/your/allowed_signers
   This proves besides: each decision is signed a second time, as an in-toto statement in a DSSE envelope; each row says
   what was recorded and approved, by as many people as the bundle names, none of them its author under four eyes; each
   operation on a memory is what was decided; what the ledger discloses is what is here; nothing was recalled before.

3. The same by hand, step by step. The files are those that were listed:
     sha256sum -c manifest-sha256.txt
     sha256sum -c tagmanifest-sha256.txt
   sha256sum does not notice files that were ADDED. Steps 1 and 2 do.

   The list was signed:
{signatures}

   A decision was signed by the auditor whose name it bears, for example number 1:
     ssh-keygen -Y verify -f allowed_signers -I "{auditor}" -n dreamdesk-decision \\
       -s data/provenance/decisions/1.json.sig < data/provenance/decisions/1.json

   Keys that are no longer to be believed, a line of ssh-ed25519 AAAA… each in a file: add -r FILE to ssh-keygen, give
   the file to verify.sh behind the list of signers, or --revoked FILE to verify.py. A signature that was made while
   its key was valid needs -O verify-time=YYYYMMDDHHMMSSZ once the key has run out; the programs see to that.

4. A recall notice that came later, with its .sig beside it:
     python3 verify.py --allowed-signers /path/to/your/allowed_signers --recall NOTICE.recall.json
     ssh-keygen -Y verify -f allowed_signers -I "{auditor}" -n dreamdesk-recall -s NOTICE.recall.json.sig \\
       < NOTICE.recall.json
   The first prints each line that must not be trained on.

What rests on the signature under the list alone: the task, the policy, the tools and the recorded turn that a
correction replaces (data/provenance/context.jsonl), which rows repeat and no approval covers; the report, the cards and
the figures in quality/. Compare them with the recordings, whose digests are in data/provenance/sources.jsonl.

What nothing in here proves: that a key was in the hand of its owner; that clocks were right (times are those of the
auditors' computers); that the recordings are true; that whoever owns the desk did not rewrite all of it before anything
left (earlier bundles, receipts and other desks hold heads of its ledger: compare them); that training on it helps.

To sign the bundle, too:
     ssh-keygen -Y sign -n dreamdesk-bundle -f YOUR_KEY tagmanifest-sha256.txt
     mv tagmanifest-sha256.txt.sig signatures/YOUR-NAME.sig
"""


def verify_text(signers: Sequence[tuple[str, str]], required: int, auditor: str) -> str:
    """Return VERIFY.txt for a bundle.

    *signers* are the names, and the files of the signatures, of those who have signed; *required* must. *auditor* made
    decision number 1.
    """
    commands = "\n".join(
        f'     ssh-keygen -Y verify -f allowed_signers -I "{name}" -n dreamdesk-bundle \\\n'
        f"       -s {path} < tagmanifest-sha256.txt"
        for name, path in signers
    )
    people = "one person" if required == 1 else f"{required} people"
    return _TEXT.format(signatures=commands, auditor=auditor, signers=people)
