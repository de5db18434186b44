"""Policies: an episode as it is bound by the desk's own documents too."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from dreamdesk.desk import episodes, policies
from dreamdesk.desk.database import Connection
from dreamdesk.desk.policies import Policy
from dreamdesk.model.episode import Episode
from dreamdesk.model.errors import UserError
from dreamdesk.pipeline.common import write_head
from dreamdesk.review.identity import Signer

LARGEST = 4 << 20
"""Bytes of a policy document; a handbook is far smaller."""


def bound(db: Connection, identity: int) -> Episode:
    """Return the episode with the desk's policies for its agent behind the one that its trace holds.

    Locating, dreaming and checking read the policy there. What leaves the desk is the episode as it was recorded.
    """
    episode = episodes.load(db, identity)
    texts = [f"# {policy.name}\n\n{policy.text}" for policy in policies.in_force(db, episode.agent)]
    return replace(episode, policy="\n\n".join([episode.policy, *texts] if episode.policy else texts))


def add_policy(db: Connection, path: Path, name: str, agent: str, signer: Signer) -> Policy:
    """Put the text file at *path* in force as policy *name* for *agent* ("": for all).

    Raises:
        UserError: it cannot be read, is no text in UTF-8, or one of that name is in force.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise UserError(f"{path}: it cannot be read ({error.strerror or error}).") from error
    if len(data) > LARGEST:
        raise UserError(f"{path}: it is larger than {LARGEST >> 20} MB, which no policy is.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(
            f"{path}: byte {error.start} is no UTF-8. Save the policy as plain text or Markdown."
        ) from error
    if "\0" in text:
        raise UserError(f"{path}: this is no text. Save the policy as plain text or Markdown.")
    made = policies.add(db, name or path.stem, agent, text, signer)
    write_head(db)
    return made


def withdraw_policy(db: Connection, name: str, signer: Signer) -> None:
    """Take the policy *name* out of force.

    Raises:
        UserError: no policy of that name is in force.
    """
    policies.withdraw(db, name, signer)
    write_head(db)
