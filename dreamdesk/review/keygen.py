"""Signing through stock ``ssh-keygen``: with a key file, a hardware key, or a key that ``ssh-agent`` holds.

The passphrase, or the PIN of a hardware key, reaches ssh-keygen through its SSH_ASKPASS (ssh(1)): a program of ours
that holds no secret and prints what its environment has. Nothing secret is written to the disk, or stands in a command
line.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import which

from dreamdesk.model.errors import UserError
from dreamdesk.review import sshsig

PATIENCE = 120
"""Seconds that a person has to touch a hardware key."""

_SECRET = "DREAMDESK_ASKED"  # noqa: S105
_ASKPASS = f"""#!/bin/sh
# ssh sets SSH_ASKPASS_PROMPT=none where it only tells somebody to touch the key.
[ "$SSH_ASKPASS_PROMPT" = none ] && exit 0
printf '%s\\n' "${_SECRET}"
"""


class WrongPassphrase(UserError):
    """The passphrase does not open the key."""


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A key that ``ssh-keygen`` signs with.

    Attributes:
        path: The file of the private key or of the handle of a hardware key; a ``.pub`` file for a key in ssh-agent.
    """

    path: str
    _secret: str = field(repr=False)

    def sshsig(self, message: bytes, namespace: str) -> str:
        """Return the armored SSHSIG of *message* under *namespace*.

        Raises:
            UserError: ssh-keygen is not there, the file is not, the passphrase is wrong (`WrongPassphrase`), nobody
                touched the key in time, or something else went wrong that ssh-keygen says.
        """
        program = which("ssh-keygen")
        if program is None:
            raise UserError("This key signs through ssh-keygen, which is not installed here. Install OpenSSH.")
        if not Path(self.path).is_file():
            raise UserError(
                f"The key file {self.path} is not there. Plug in what it lies on, or rotate to another key."
            )
        command = [program, "-Y", "sign", "-n", namespace, "-f", self.path]
        with _askpass(self._secret) as environment:
            try:
                done = subprocess.run(  # noqa: S603
                    command, input=message, capture_output=True, env=environment, timeout=PATIENCE, check=False
                )
            except subprocess.TimeoutExpired as error:
                raise UserError("Nobody touched the key in time; nothing was signed.") from error
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip().splitlines()
            words = said[-1] if said else f"it ended with {done.returncode}"
            if any("incorrect passphrase" in line or "incorrect PIN" in line for line in said):
                raise WrongPassphrase(f"This passphrase does not open the key {self.path}.")
            raise UserError(f"ssh-keygen could not sign with {self.path}: {words}")
        return done.stdout.decode(errors="replace")


@contextmanager
def _askpass(secret: str) -> Iterator[dict[str, str]]:
    """Give ssh-keygen an environment in which it gets *secret* whenever it asks."""
    with tempfile.TemporaryDirectory(prefix="dreamdesk-") as folder:
        program = Path(folder, "askpass")
        program.write_text(_ASKPASS, encoding="ascii")
        program.chmod(0o700)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DREAMDESK_")}
        asking = {"SSH_ASKPASS": str(program), "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": kept.get("DISPLAY", ":0")}
        yield kept | asking | {_SECRET: secret}


def public_line(path: Path) -> str:
    """Return the public key that belongs to the key file *path*, which lies beside it in ``.pub``.

    Raises:
        UserError: there is none, or it is of a type that is not read.
    """
    beside = path if path.suffix == ".pub" else path.with_name(path.name + ".pub")
    try:
        words = beside.read_text(encoding="utf-8").split()
    except (OSError, ValueError) as error:
        raise UserError(
            f"{beside}: the public key cannot be read ({error}). It lies beside the private key."
        ) from error
    line = " ".join(words[:2])
    try:
        sshsig.fingerprint(line)
    except ValueError as error:
        raise UserError(f"{beside}: this key cannot be used ({error}).") from error
    if line.startswith("sk-ecdsa"):
        # What lies in a bundle to check it has no library at hand, and reads Ed25519 alone.
        raise UserError(
            f"{beside}: a bundle's own check reads only Ed25519 keys. Make an ed25519-sk key on the same token."
        )
    return line
