"""The rules of the review as the desk itself keeps them, whoever writes to it: views and triggers.

Nobody sets where a correction or a memory change stands. The desk works it out from what was said of the newest
revision (the views `standing` and `memory_standing`) each time something changes that it rests on, and refuses any
other state. `review.workflow.state_after` says the same in Python, and `verify --desk` compares the two.

A trigger knows no mathematics: whether a signature fits its key is checked by every release and by `verify --desk`.
Whoever owns the file can also drop triggers; `desk.database` then refuses to open it, and where they were put back, the
ledger and the signatures still tell.

No function of JSON but ``json_each`` is called here: a desk is opened as a stranger's file, its schema not trusted, and
SQLite 3.40 then refuses the others. Statements are canonical JSON, in which a quote inside a string is escaped, so that
``"a":"b"`` stands only where a field has that value.

Every BEFORE INSERT that asks for an id that is there already stands against INSERT OR REPLACE, which fires no DELETE.
"""

from __future__ import annotations

_CORRECTION = {
    "table": "correction", "subject": "correction", "decision": "decision", "revision": "revision",
    "word": "word", "approval": "approval", "standing": "standing",
    "released": "released_correction", "list": "corrections", "leaving": "('approved')",
    "conflict": "(SELECT count(DISTINCT verdict) FROM last_word WHERE last_word.subject = stood.subject) > 1",
    "amended": "(SELECT max(number) FROM revision WHERE correction = subject) > 1",
    "wrote": "auditor IN (SELECT author FROM revision WHERE correction = facts.subject)",
    "outdated": "EXISTS (SELECT 1 FROM outdated WHERE episode = one.episode)",
    "heard": """
            AND (earlier.digest = '' OR NOT instr(new.statement, CAST('"earlier":[' AS BLOB))
                OR instr(new.statement, CAST('"' || earlier.digest || '"' AS BLOB)))""",
}  # fmt: skip
_MEMORY = {
    "table": "memory_change", "subject": "change", "decision": "memory_decision", "revision": "memory_revision",
    "word": "memory_word", "approval": "memory_approval", "standing": "memory_standing",
    "released": "released_change", "list": "memory",
    # What a dream wrote in place and an auditor rejected leaves the desk, too: it is taken back.
    "leaving": """('approved', CASE WHEN (SELECT instr(body, '"in_place":true') FROM memory_set
    WHERE memory_set.id = one.memory_set) THEN 'rejected' END)""",
    "conflict": "0", "amended": "0", "wrote": "0", "outdated": "0",
    "heard": "",
}  # fmt: skip
"""What the same rules are called for corrections, and for memory changes: these have no author and are never stale."""

# What counts of what was said: of the newest revision, signed, and no approval by a key that was revoked from before it
# on (`desk/decisions.VOID`). An approval stands until something else is said of the same revision.
_WORDS = """
CREATE VIEW {word} AS
SELECT id, {subject} AS subject, verdict, auditor, at,
    instr(statement, CAST('"result":"warn"' AS BLOB)) > 0 AS warned
FROM {decision} AS said
WHERE revision = (SELECT max(number) FROM {revision} WHERE {revision}.{subject} = said.{subject})
    AND length(statement) > 0 AND sshsig != ''
    AND NOT (verdict = 'approve' AND EXISTS (SELECT 1 FROM auditor_key AS k WHERE k.auditor = said.auditor
        AND k.since <= at AND at < coalesce(k.retired, at + 1) AND k.revoked <= at));
CREATE VIEW {approval} AS
SELECT subject, auditor, warned FROM {word} AS yes
WHERE verdict = 'approve' AND NOT EXISTS (SELECT 1 FROM {word} AS other WHERE other.subject = yes.subject
    AND other.verdict != 'approve' AND (other.at, other.id) > (yes.at, yes.id));
"""

# Two must approve with four eyes, and where one approved in spite of a warning and the desk asks for a second then.
# Where two must, those who wrote do not count.
_STANDING = """
CREATE VIEW {standing} AS
SELECT subject, CASE
    WHEN recalled THEN 'recalled'
    WHEN released THEN 'released'
    WHEN {conflict} THEN 'escalated'
    WHEN latest = 'reject' THEN 'rejected'
    WHEN outdated THEN 'stale'
    WHEN approvals >= needed THEN 'approved'
    WHEN approvals > 0 THEN 'second'
    WHEN latest = 'return' THEN 'returned'
    WHEN latest = 'escalate' THEN 'escalated'
    WHEN latest = 'hold' THEN 'held'
    WHEN {amended} THEN 'amended'
    ELSE 'proposed' END AS state
FROM (SELECT *, (SELECT count(DISTINCT auditor) FROM {approval} WHERE {approval}.subject = facts.subject
        AND (needed = 1 OR NOT ({wrote}))) AS approvals
    FROM (SELECT one.id AS subject,
            EXISTS (SELECT 1 FROM {released} WHERE {subject} = one.id) AS released,
            EXISTS (SELECT 1 FROM {released} WHERE {subject} = one.id AND recalled IS NOT NULL) AS recalled,
            (SELECT verdict FROM {word} WHERE subject = one.id ORDER BY at DESC, id DESC LIMIT 1) AS latest,
            {outdated} AS outdated,
            CASE WHEN EXISTS (SELECT 1 FROM setting WHERE name = 'four_eyes' AND value = 'on')
                OR (EXISTS (SELECT 1 FROM setting WHERE name = 'waiver_second' AND value = 'on')
                    AND EXISTS (SELECT 1 FROM {approval} WHERE subject = one.id AND warned))
                THEN 2 ELSE 1 END AS needed
        FROM {table} AS one) AS facts) AS stood;
"""

_SETTLE = "UPDATE {table} SET state = (SELECT state FROM {standing} WHERE subject = {table}.id) WHERE"
_SPOKEN = "state NOT IN ('released', 'recalled') AND id IN (SELECT {subject} FROM {decision} WHERE verdict = 'approve')"
"""Those whose state can change when others must approve."""

_STATES = """
CREATE TRIGGER {table}_state BEFORE UPDATE OF state ON {table}
WHEN new.state IS NOT (SELECT state FROM {standing} WHERE subject = new.id)
BEGIN SELECT RAISE(ABORT, 'the state follows from what was signed; nobody sets it'); END;
CREATE TRIGGER {table}_new BEFORE INSERT ON {table}
WHEN new.state != 'proposed' OR EXISTS (SELECT 1 FROM {table} WHERE id = new.id)
BEGIN SELECT RAISE(ABORT, 'what is new has been proposed, and replaces nothing'); END;
CREATE TRIGGER {decision}_settles AFTER INSERT ON {decision}
BEGIN {settle} id = new.{subject}; END;
CREATE TRIGGER {revision}_settles AFTER INSERT ON {revision}
BEGIN {settle} id = new.{subject}; END;
CREATE TRIGGER {released}_settles AFTER INSERT ON {released}
BEGIN {settle} id = new.{subject}; END;
CREATE TRIGGER {released}_recalls AFTER UPDATE ON {released}
BEGIN {settle} id = new.{subject}; END;
CREATE TRIGGER setting_settles_{table} AFTER INSERT ON setting WHEN new.name IN ('four_eyes', 'waiver_second')
BEGIN {settle} {spoken}; END;
CREATE TRIGGER setting_change_settles_{table} AFTER UPDATE ON setting WHEN new.name IN ('four_eyes', 'waiver_second')
BEGIN {settle} {spoken}; END;
CREATE TRIGGER key_settles_{table} AFTER UPDATE ON auditor_key
BEGIN {settle} state NOT IN ('released', 'recalled')
    AND id IN (SELECT {subject} FROM {decision} WHERE auditor = new.auditor); END;
""".replace("{settle}", _SETTLE).replace("{spoken}", _SPOKEN)

# Who may say what. The order in time counts, not that of writing: a decision may come from another desk later. What its
# desk had not heard of by then, as its statement tells, does not bind it.
_DECISIONS = """
CREATE TRIGGER {decision}_rules BEFORE INSERT ON {decision}
BEGIN
    SELECT RAISE(ABORT, 'decisions are append-only') WHERE EXISTS (SELECT 1 FROM {decision} WHERE id = new.id);
    SELECT RAISE(ABORT, 'a decision is signed by an active auditor whose role decides')
    WHERE NOT EXISTS (SELECT 1 FROM auditor WHERE name = new.auditor AND active
        AND role IN ('reviewer', 'approver', 'lead'));
    SELECT RAISE(ABORT, 'the auditor had no valid key at the time of the decision')
    WHERE NOT EXISTS (SELECT 1 FROM auditor_key WHERE auditor_key.auditor = new.auditor AND since <= new.at
        AND coalesce(new.at < retired, 1) AND coalesce(new.at < revoked, 1));
    SELECT RAISE(ABORT, 'the statement does not say what the decision says')
    WHERE new.sshsig = ''
        OR NOT instr(new.statement, CAST('"verdict":"' || new.verdict || '"' AS BLOB))
        OR NOT instr(new.statement, CAST('"reason":"' || new.reason || '"' AS BLOB))
        OR NOT instr(new.statement, CAST('"at":' || new.at || ',' AS BLOB))
        OR (new.until IS NOT NULL
            AND (new.verdict != 'hold' OR NOT instr(new.statement, CAST('"until":' || new.until || ',' AS BLOB))))
        OR NOT coalesce((SELECT instr(new.statement, CAST('"digest":{{"sha256":"' || digest || '"}}' AS BLOB))
            FROM {revision} WHERE {subject} = new.{subject} AND number = new.revision), 0);
    SELECT RAISE(ABORT, 'what was released is not decided again')
    WHERE EXISTS (SELECT 1 FROM {released} WHERE {subject} = new.{subject});
    SELECT RAISE(ABORT, 'what was escalated is decided by an approver')
    WHERE (SELECT verdict FROM {decision} AS earlier WHERE earlier.{subject} = new.{subject}
            AND earlier.revision = new.revision AND earlier.at < new.at{heard}
            ORDER BY at DESC, id DESC LIMIT 1) = 'escalate'
        AND NOT EXISTS (SELECT 1 FROM auditor WHERE name = new.auditor AND role IN ('approver', 'lead'));
    SELECT RAISE(ABORT, 'what was returned waits for its author')
    WHERE new.verdict IN ('approve', 'hold')
        AND (SELECT verdict FROM {decision} AS earlier WHERE earlier.{subject} = new.{subject}
            AND earlier.revision = new.revision AND earlier.at < new.at{heard}
            ORDER BY at DESC, id DESC LIMIT 1) = 'return';
    SELECT RAISE(ABORT, 'everything on the checklist is ticked before an approval')
    WHERE new.verdict = 'approve' AND EXISTS (SELECT 1 FROM setting WHERE name = 'checklist' AND value != ''
        AND NOT instr(new.statement, CAST('"checklist":' || value AS BLOB)));
END;
"""

_RELEASES = """
CREATE TRIGGER {released}_rules BEFORE INSERT ON {released}
WHEN NOT coalesce((SELECT standing.state IN {leaving} AND one.state = standing.state FROM {standing} AS standing
        JOIN {table} AS one ON one.id = subject WHERE subject = new.{subject}), 0)
    OR new.recalled IS NOT NULL OR NOT EXISTS (SELECT 1 FROM release WHERE id = new.release)
BEGIN SELECT RAISE(ABORT, 'only what is approved, by all who must, is released'); END;
CREATE TRIGGER {released}_fixed BEFORE UPDATE ON {released}
WHEN new.{subject} IS NOT old.{subject} OR new.release IS NOT old.release OR old.recalled IS NOT NULL
    OR new.recalled IS NULL
BEGIN SELECT RAISE(ABORT, 'what was released can only be recalled'); END;
CREATE TRIGGER {released}_kept BEFORE DELETE ON {released}
BEGIN SELECT RAISE(ABORT, 'what was released can only be recalled'); END;
CREATE TRIGGER release_names_{table} AFTER INSERT ON release
BEGIN INSERT INTO {released}({subject}, release) SELECT value, new.id FROM json_each(new.{list}); END;
"""

_REST = """
CREATE TRIGGER correction_shown AFTER UPDATE OF state ON correction
BEGIN UPDATE episode SET review = new.state WHERE correction = new.id; END;
CREATE TRIGGER episode_review BEFORE UPDATE OF review, correction ON episode
WHEN new.review IS NOT (SELECT state FROM correction WHERE id = new.correction)
BEGIN SELECT RAISE(ABORT, 'an episode stands where its correction stands'); END;
CREATE TRIGGER correction_fixed BEFORE UPDATE OF id, episode, source, created ON correction
BEGIN SELECT RAISE(ABORT, 'corrections are kept as they were made'); END;
CREATE TRIGGER correction_kept BEFORE DELETE ON correction
BEGIN SELECT RAISE(ABORT, 'corrections are kept as they were made'); END;
CREATE TRIGGER revision_rules BEFORE INSERT ON revision
WHEN EXISTS (SELECT 1 FROM revision WHERE id = new.id)
    OR new.number != coalesce((SELECT max(number) FROM revision WHERE correction = new.correction), 0) + 1
    OR EXISTS (SELECT 1 FROM released_correction WHERE correction = new.correction)
BEGIN SELECT RAISE(ABORT, 'revisions are numbered, replace nothing, and end with the release'); END;
CREATE TRIGGER memory_revision_rules BEFORE INSERT ON memory_revision
WHEN new.number != coalesce((SELECT max(number) FROM memory_revision WHERE change = new.change), 0) + 1
    OR EXISTS (SELECT 1 FROM released_change WHERE change = new.change)
BEGIN SELECT RAISE(ABORT, 'revisions are numbered, replace nothing, and end with the release'); END;
CREATE TRIGGER outdated_settles AFTER INSERT ON outdated
BEGIN UPDATE correction SET state = (SELECT state FROM standing WHERE subject = correction.id)
    WHERE episode = new.episode; END;
CREATE TRIGGER outdated_fixed BEFORE UPDATE ON outdated
BEGIN SELECT RAISE(ABORT, 'a recording does not become the newest again'); END;
CREATE TRIGGER outdated_kept BEFORE DELETE ON outdated
BEGIN SELECT RAISE(ABORT, 'a recording does not become the newest again'); END;
CREATE TRIGGER outdated_once BEFORE INSERT ON outdated
WHEN EXISTS (SELECT 1 FROM outdated WHERE episode = new.episode)
    OR NOT EXISTS (SELECT 1 FROM episode WHERE id = new.newer AND live)
BEGIN SELECT RAISE(ABORT, 'a recording is outdated once, by one that is there'); END;
CREATE TRIGGER incident_fixed BEFORE UPDATE ON incident
WHEN old.closed IS NOT NULL OR new.closed IS NULL OR new.id IS NOT old.id OR new.episode IS NOT old.episode
    OR new.kind IS NOT old.kind OR new.opened IS NOT old.opened OR new.deadline IS NOT old.deadline
    OR new.auditor IS NOT old.auditor
BEGIN SELECT RAISE(ABORT, 'an incident can only be closed'); END;
CREATE TRIGGER incident_kept BEFORE DELETE ON incident
BEGIN SELECT RAISE(ABORT, 'incidents are kept'); END;
CREATE TRIGGER incident_rules BEFORE INSERT ON incident
WHEN EXISTS (SELECT 1 FROM incident WHERE id = new.id) OR new.closed IS NOT NULL OR new.deadline <= new.opened
    OR NOT EXISTS (SELECT 1 FROM auditor WHERE name = new.auditor AND active)
BEGIN SELECT RAISE(ABORT, 'an incident is opened once, by an active auditor, with a deadline'); END;
CREATE TRIGGER setting_kept BEFORE DELETE ON setting
BEGIN SELECT RAISE(ABORT, 'settings are changed, not deleted'); END;
CREATE TRIGGER release_rules BEFORE INSERT ON release
BEGIN
    SELECT RAISE(ABORT, 'releases are append-only') WHERE EXISTS (SELECT 1 FROM release WHERE id = new.id);
    SELECT RAISE(ABORT, 'a bundle is signed by an active auditor whose role decides')
    WHERE NOT EXISTS (SELECT 1 FROM auditor WHERE name = new.auditor AND active
        AND role IN ('reviewer', 'approver', 'lead'));
END;
CREATE TRIGGER release_fixed BEFORE UPDATE OF id, at, corrections, memory, auditor, digest ON release
BEGIN SELECT RAISE(ABORT, 'releases are append-only'); END;
CREATE TRIGGER release_kept BEFORE DELETE ON release
BEGIN SELECT RAISE(ABORT, 'releases are append-only'); END;
"""

# Desks of before: what left is known, what has a newer recording is stale, and the rules of now hold for the rest.
_BEFORE = """
CREATE TABLE released_correction(
    correction INTEGER PRIMARY KEY, release INTEGER NOT NULL, recalled INTEGER) STRICT;
CREATE TABLE released_change(change INTEGER PRIMARY KEY, release INTEGER NOT NULL, recalled INTEGER) STRICT;
-- Episodes of which a newer recording is on the desk.
CREATE TABLE outdated(episode INTEGER PRIMARY KEY, newer INTEGER NOT NULL) STRICT;
CREATE INDEX episode_correction ON episode(correction) WHERE correction IS NOT NULL;
INSERT INTO released_correction SELECT value, min(release.id), NULL
    FROM release, json_each(release.corrections) GROUP BY value;
INSERT INTO released_change SELECT value, min(release.id), NULL
    FROM release, json_each(release.memory) GROUP BY value;
INSERT INTO outdated
WITH RECURSIVE later(old, new) AS (
    SELECT predecessor, source FROM source_version
    UNION SELECT later.old, source_version.source FROM source_version JOIN later ON predecessor = later.new)
SELECT older.id, max(newer.id) FROM later JOIN episode AS older ON older.source = later.old
    JOIN episode AS newer ON newer.source = later.new AND newer.key = older.key AND newer.live
WHERE newer.task_key = older.task_key OR NOT (older.key = '' OR older.key GLOB '/*'
    OR older.key GLOB 'line:[0-9]*' OR older.key GLOB 'row:[0-9]*' OR older.key GLOB 'document:[0-9]*')
GROUP BY older.id;
"""

_AFTER = """
UPDATE correction SET state = (SELECT state FROM standing WHERE subject = correction.id)
WHERE state IS NOT (SELECT state FROM standing WHERE subject = correction.id);
UPDATE memory_change SET state = (SELECT state FROM memory_standing WHERE subject = memory_change.id)
WHERE state IS NOT (SELECT state FROM memory_standing WHERE subject = memory_change.id);
UPDATE episode SET review = (SELECT state FROM correction WHERE id = episode.correction)
WHERE correction IS NOT NULL AND review IS NOT (SELECT state FROM correction WHERE id = episode.correction);
"""


# Decisions that were made on several desks, none of which knew the other, may contradict one another: an approver
# decides with all of them before their eyes (`review/packets/merging.py`).
_CONFLICTS = """
CREATE VIEW last_word AS
SELECT one.correction AS subject, one.id, one.verdict, one.digest FROM word JOIN decision AS one ON one.id = word.id
WHERE NOT EXISTS (SELECT 1 FROM word AS later JOIN decision AS other ON other.id = later.id
    WHERE later.subject = one.correction AND other.id != one.id
    AND CASE WHEN instr(other.statement, CAST('"earlier":[' AS BLOB)) AND one.digest != ''
        THEN instr(other.statement, CAST('"' || one.digest || '"' AS BLOB))
        ELSE (other.at, other.id) > (one.at, one.id) END);
CREATE TRIGGER decision_conflict BEFORE INSERT ON decision
WHEN (SELECT count(DISTINCT verdict) FROM last_word WHERE subject = new.correction) > 1
    AND NOT EXISTS (SELECT 1 FROM last_word WHERE subject = new.correction
        AND NOT instr(new.statement, CAST('"' || digest || '"' AS BLOB)))
    AND NOT EXISTS (SELECT 1 FROM auditor WHERE name = new.auditor AND role IN ('approver', 'lead'))
BEGIN SELECT RAISE(ABORT, 'where decisions contradict one another, an approver decides'); END;
"""

_BOTH = _WORDS + _STANDING + _STATES + _DECISIONS + _RELEASES

RULES = _BEFORE + _CONFLICTS + _BOTH.format(**_CORRECTION) + _BOTH.format(**_MEMORY) + _AFTER + _REST
"""The script, which follows all tables of its version."""
