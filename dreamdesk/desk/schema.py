"""The tables of a desk, as the SQL that makes them.

`desk/migrations.py` applies these scripts in order; `desk/database.py` compares what a file declares with them.
A script that desks were made with is never changed: what comes later stands in a script of its own.
"""

from __future__ import annotations

from dreamdesk.desk.schema_rules import RULES

APPLICATION_ID = 0x44524D44  # "DRMD"
STEP_BITS = 20
"""A step's row id is ``episode << STEP_BITS | index``, so that the steps of an episode lie together on disk."""

MAX_STEPS = 1 << STEP_BITS

TABLES = """
CREATE TABLE source(
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, path TEXT NOT NULL, sha256 TEXT NOT NULL UNIQUE, size INTEGER NOT NULL,
    format TEXT NOT NULL, reader_version INTEGER NOT NULL,
    imported_at INTEGER NOT NULL, complete INTEGER NOT NULL, report TEXT NOT NULL) STRICT;
CREATE TABLE source_bytes(source INTEGER NOT NULL, chunk INTEGER NOT NULL, data BLOB NOT NULL,
    PRIMARY KEY(source, chunk)) STRICT;
CREATE TABLE document(id INTEGER PRIMARY KEY, sha256 TEXT NOT NULL UNIQUE, body TEXT NOT NULL) STRICT;
CREATE TABLE episode(
    id INTEGER PRIMARY KEY, source INTEGER NOT NULL, key TEXT NOT NULL, title TEXT NOT NULL, task_key TEXT NOT NULL,
    agent TEXT NOT NULL, model TEXT NOT NULL, outcome TEXT NOT NULL, outcome_source TEXT NOT NULL,
    outcome_pointer TEXT NOT NULL, outcome_detail TEXT NOT NULL, steps INTEGER NOT NULL, native_steps INTEGER NOT NULL,
    native_unit TEXT NOT NULL, started INTEGER, offset INTEGER NOT NULL, length INTEGER NOT NULL, sha256 TEXT NOT NULL,
    live INTEGER NOT NULL, error_step INTEGER, category TEXT, probability REAL, priority INTEGER NOT NULL DEFAULT 0,
    correction INTEGER, review TEXT,
    UNIQUE(source, key)) STRICT;
CREATE TABLE episode_text(
    episode INTEGER PRIMARY KEY, task TEXT NOT NULL, policy INTEGER, tools INTEGER, gaps TEXT NOT NULL,
    labels TEXT NOT NULL, corrections TEXT NOT NULL) STRICT;
CREATE TABLE step(
    id INTEGER PRIMARY KEY, actor TEXT NOT NULL, kind TEXT NOT NULL, content TEXT NOT NULL, turn INTEGER NOT NULL,
    native INTEGER, agent TEXT NOT NULL, tool TEXT NOT NULL, call_id TEXT NOT NULL, is_error INTEGER NOT NULL,
    at INTEGER, tokens INTEGER, parent INTEGER, pointer TEXT NOT NULL) STRICT;
CREATE TABLE candidate(
    id INTEGER PRIMARY KEY, episode INTEGER NOT NULL, rank INTEGER NOT NULL, step INTEGER NOT NULL,
    category TEXT NOT NULL, probability REAL NOT NULL, method TEXT NOT NULL,
    why TEXT NOT NULL, quotes TEXT NOT NULL) STRICT;
CREATE TABLE mark(
    id INTEGER PRIMARY KEY, episode INTEGER NOT NULL, auditor TEXT NOT NULL, step INTEGER, category TEXT NOT NULL,
    blind INTEGER NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE TABLE correction(
    id INTEGER PRIMARY KEY, episode INTEGER NOT NULL, source TEXT NOT NULL, state TEXT NOT NULL,
    created INTEGER NOT NULL) STRICT;
CREATE TABLE revision(
    id INTEGER PRIMARY KEY, correction INTEGER NOT NULL, number INTEGER NOT NULL, author TEXT NOT NULL,
    note TEXT NOT NULL, start INTEGER NOT NULL, prefix TEXT NOT NULL, digest TEXT NOT NULL, steps TEXT NOT NULL,
    created INTEGER NOT NULL, UNIQUE(correction, number)) STRICT;
CREATE TABLE verification(
    correction INTEGER NOT NULL, revision INTEGER NOT NULL, level INTEGER NOT NULL, checks TEXT NOT NULL,
    at INTEGER NOT NULL, PRIMARY KEY(correction, revision)) STRICT;
CREATE TABLE auditor(
    name TEXT PRIMARY KEY, role TEXT NOT NULL, public_key TEXT NOT NULL, private_key TEXT NOT NULL,
    added INTEGER NOT NULL) STRICT;
CREATE TABLE decision(
    id INTEGER PRIMARY KEY, correction INTEGER NOT NULL, revision INTEGER NOT NULL, verdict TEXT NOT NULL,
    reason TEXT NOT NULL, comment TEXT NOT NULL, auditor TEXT NOT NULL, at INTEGER NOT NULL, statement BLOB NOT NULL,
    sshsig TEXT NOT NULL, envelope BLOB NOT NULL) STRICT;
CREATE TABLE release(
    id INTEGER PRIMARY KEY, at INTEGER NOT NULL, folder TEXT NOT NULL, auditor TEXT NOT NULL, digest TEXT NOT NULL,
    corrections TEXT NOT NULL) STRICT;
CREATE TABLE setting(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE entry(seq INTEGER PRIMARY KEY, line BLOB NOT NULL, hash BLOB NOT NULL) STRICT;
CREATE TABLE entry_body(seq INTEGER PRIMARY KEY, salt BLOB NOT NULL, body BLOB NOT NULL) STRICT;

CREATE INDEX episode_queue ON episode(live, review, outcome, priority DESC, id);
CREATE INDEX episode_task ON episode(task_key, outcome) WHERE task_key != '';
CREATE INDEX candidate_episode ON candidate(episode, rank);
CREATE INDEX correction_episode ON correction(episode);
CREATE INDEX decision_correction ON decision(correction, revision);
CREATE INDEX decision_auditor ON decision(auditor, at);
CREATE INDEX mark_episode ON mark(episode);
CREATE VIRTUAL TABLE step_search USING fts5(content, content='step', content_rowid='id');

CREATE TRIGGER entry_fixed BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER entry_kept BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER entry_body_fixed BEFORE UPDATE ON entry_body BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER decision_fixed BEFORE UPDATE ON decision BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;
CREATE TRIGGER decision_kept BEFORE DELETE ON decision BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;
CREATE TRIGGER revision_fixed BEFORE UPDATE ON revision BEGIN SELECT RAISE(ABORT, 'revisions are immutable'); END;
CREATE TRIGGER revision_kept BEFORE DELETE ON revision BEGIN SELECT RAISE(ABORT, 'revisions are immutable'); END;
"""

# ---- since version 1.000: what intake, locate, dream and the rest added

SINCE_1_000 = """
-- The same bytes may be read again in another way, such as with a better mapping: each reading is a source.
CREATE TABLE source_reading(
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, path TEXT NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL,
    format TEXT NOT NULL, reader_version INTEGER NOT NULL,
    imported_at INTEGER NOT NULL, complete INTEGER NOT NULL, report TEXT NOT NULL) STRICT;
INSERT INTO source_reading SELECT * FROM source;
DROP TABLE source;
ALTER TABLE source_reading RENAME TO source;
CREATE INDEX source_sha256 ON source(sha256);
-- A source that is a later state of the file that another source was read from.
CREATE TABLE source_version(source INTEGER PRIMARY KEY, predecessor INTEGER NOT NULL) STRICT;
CREATE INDEX source_version_predecessor ON source_version(predecessor);
CREATE INDEX source_path ON source(path, format);
CREATE INDEX source_name ON source(name, format, size);
ALTER TABLE candidate ADD COLUMN opinions TEXT NOT NULL DEFAULT '[]';
CREATE TABLE judgement(
    id INTEGER PRIMARY KEY, episode INTEGER NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE INDEX judgement_episode ON judgement(episode, id);
CREATE TRIGGER judgement_fixed BEFORE UPDATE ON judgement BEGIN SELECT RAISE(ABORT, 'judgements are append-only'); END;
CREATE TRIGGER judgement_kept BEFORE DELETE ON judgement BEGIN SELECT RAISE(ABORT, 'judgements are append-only'); END;
CREATE TABLE exchange(
    key TEXT PRIMARY KEY, url TEXT NOT NULL, model TEXT NOT NULL, request BLOB NOT NULL, size INTEGER NOT NULL,
    state TEXT NOT NULL, batch INTEGER, tries INTEGER NOT NULL DEFAULT 0, asked INTEGER NOT NULL, answered INTEGER,
    media TEXT NOT NULL DEFAULT '', reply BLOB, input_tokens INTEGER NOT NULL DEFAULT 0,
    output_tokens INTEGER NOT NULL DEFAULT 0, detail TEXT NOT NULL DEFAULT '') STRICT;
CREATE INDEX exchange_batch ON exchange(batch) WHERE batch IS NOT NULL;
CREATE TABLE batch_job(
    id INTEGER PRIMARY KEY, verb TEXT NOT NULL, parameters TEXT NOT NULL, url TEXT NOT NULL, model TEXT NOT NULL,
    state TEXT NOT NULL, created INTEGER NOT NULL, ended INTEGER) STRICT;
CREATE TABLE batch_episode(
    job INTEGER NOT NULL, episode INTEGER NOT NULL, state TEXT NOT NULL, detail TEXT NOT NULL DEFAULT '',
    PRIMARY KEY(job, episode)) STRICT;
CREATE TABLE batch(
    id INTEGER PRIMARY KEY, job INTEGER NOT NULL, remote TEXT NOT NULL, state TEXT NOT NULL, requests INTEGER NOT NULL,
    created INTEGER NOT NULL) STRICT;
CREATE INDEX batch_of_job ON batch(job);
-- What a candidate cites beside the steps, and why the ranker put the candidates where they are.
ALTER TABLE candidate ADD COLUMN citations TEXT NOT NULL DEFAULT '[]';
CREATE TABLE explanation(episode INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;

-- Why nothing was dreamed of an episode, by source, where that was tried.
CREATE TABLE undreamed(
    episode INTEGER NOT NULL, source TEXT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY(episode, source)) STRICT;

-- The lesson of a revision: part of what is decided.
ALTER TABLE revision ADD COLUMN lesson TEXT NOT NULL DEFAULT '';
ALTER TABLE revision ADD COLUMN exchange TEXT NOT NULL DEFAULT '';

-- Guardrails: the rules under which a revision was checked, and the desk's own policies.
ALTER TABLE verification ADD COLUMN rules TEXT NOT NULL DEFAULT '';
CREATE TABLE policy(
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, agent TEXT NOT NULL, document INTEGER NOT NULL, added INTEGER NOT NULL,
    withdrawn INTEGER) STRICT;
-- Memory: change sets, their changes path by path, the hunks that were put to decision, and the decisions.
CREATE TABLE memory_set(
    id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, body TEXT NOT NULL, created INTEGER NOT NULL) STRICT;
CREATE TABLE memory_change(
    id INTEGER PRIMARY KEY, memory_set INTEGER NOT NULL, number INTEGER NOT NULL, body TEXT NOT NULL,
    statements TEXT NOT NULL, checks TEXT NOT NULL, state TEXT NOT NULL, UNIQUE(memory_set, number)) STRICT;
CREATE TABLE memory_revision(
    change INTEGER NOT NULL, number INTEGER NOT NULL, hunks TEXT NOT NULL, digest TEXT NOT NULL, checks TEXT NOT NULL,
    created INTEGER NOT NULL, PRIMARY KEY(change, number)) STRICT;
CREATE TABLE memory_decision(
    id INTEGER PRIMARY KEY, change INTEGER NOT NULL, revision INTEGER NOT NULL, verdict TEXT NOT NULL,
    reason TEXT NOT NULL, comment TEXT NOT NULL, auditor TEXT NOT NULL, at INTEGER NOT NULL, statement BLOB NOT NULL,
    sshsig TEXT NOT NULL, envelope BLOB NOT NULL) STRICT;
CREATE INDEX memory_decision_change ON memory_decision(change, revision);
ALTER TABLE release ADD COLUMN memory TEXT NOT NULL DEFAULT '[]';
CREATE TRIGGER memory_set_fixed BEFORE UPDATE ON memory_set
    BEGIN SELECT RAISE(ABORT, 'change sets are immutable'); END;
CREATE TRIGGER memory_set_kept BEFORE DELETE ON memory_set
    BEGIN SELECT RAISE(ABORT, 'change sets are immutable'); END;
CREATE TRIGGER memory_change_fixed BEFORE UPDATE OF id, memory_set, number, body, statements ON memory_change
    BEGIN SELECT RAISE(ABORT, 'memory changes are immutable'); END;
CREATE TRIGGER memory_change_kept BEFORE DELETE ON memory_change
    BEGIN SELECT RAISE(ABORT, 'memory changes are immutable'); END;
CREATE TRIGGER memory_revision_fixed BEFORE UPDATE ON memory_revision
    BEGIN SELECT RAISE(ABORT, 'revisions are immutable'); END;
CREATE TRIGGER memory_revision_kept BEFORE DELETE ON memory_revision
    BEGIN SELECT RAISE(ABORT, 'revisions are immutable'); END;
CREATE TRIGGER memory_decision_fixed BEFORE UPDATE ON memory_decision
    BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;
CREATE TRIGGER memory_decision_kept BEFORE DELETE ON memory_decision
    BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;

ALTER TABLE mark ADD COLUMN quote_step INTEGER;
ALTER TABLE mark ADD COLUMN quote TEXT NOT NULL DEFAULT '';
ALTER TABLE mark ADD COLUMN note TEXT NOT NULL DEFAULT '';
ALTER TABLE mark ADD COLUMN took INTEGER;
CREATE TRIGGER mark_fixed BEFORE UPDATE ON mark BEGIN SELECT RAISE(ABORT, 'marks are append-only'); END;
CREATE TRIGGER mark_kept BEFORE DELETE ON mark BEGIN SELECT RAISE(ABORT, 'marks are append-only'); END;
CREATE TABLE reveal(
    id INTEGER PRIMARY KEY, episode INTEGER NOT NULL, auditor TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE INDEX reveal_auditor ON reveal(auditor, episode);
CREATE INDEX mark_auditor ON mark(auditor, episode);
CREATE TRIGGER reveal_fixed BEFORE UPDATE ON reveal BEGIN SELECT RAISE(ABORT, 'reveals are append-only'); END;
CREATE TRIGGER reveal_kept BEFORE DELETE ON reveal BEGIN SELECT RAISE(ABORT, 'reveals are append-only'); END;
CREATE TABLE family(
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, category TEXT NOT NULL, tool TEXT NOT NULL, clause TEXT NOT NULL,
    words TEXT NOT NULL, founded INTEGER NOT NULL) STRICT;
CREATE TABLE family_member(episode INTEGER PRIMARY KEY, family INTEGER NOT NULL, cause TEXT NOT NULL) STRICT;
CREATE INDEX family_member_family ON family_member(family, episode);
CREATE TABLE learned(
    id INTEGER PRIMARY KEY, at INTEGER NOT NULL, auditor TEXT NOT NULL, profile TEXT NOT NULL, weights TEXT NOT NULL,
    figures TEXT NOT NULL) STRICT;
CREATE TRIGGER learned_fixed BEFORE UPDATE ON learned BEGIN SELECT RAISE(ABORT, 'refits are append-only'); END;
CREATE TRIGGER learned_kept BEFORE DELETE ON learned BEGIN SELECT RAISE(ABORT, 'refits are append-only'); END;
-- Intake: mappings of unknown formats, kept under a name.
CREATE TABLE mapping(name TEXT PRIMARY KEY, body TEXT NOT NULL, sha256 TEXT NOT NULL, saved INTEGER NOT NULL) STRICT;

-- Outcomes: the number that a verdict rests on, the source's own verdict where another counts, what auditors set.
ALTER TABLE episode ADD COLUMN score REAL;
CREATE TABLE own_outcome(
    episode INTEGER PRIMARY KEY, state TEXT NOT NULL, source TEXT NOT NULL, pointer TEXT NOT NULL,
    detail TEXT NOT NULL) STRICT;
-- What the source said at its import, where a verdict was joined later.
CREATE TABLE first_outcome(
    episode INTEGER PRIMARY KEY, state TEXT NOT NULL, source TEXT NOT NULL, pointer TEXT NOT NULL,
    detail TEXT NOT NULL, score REAL) STRICT;
CREATE TABLE outcome_word(
    id INTEGER PRIMARY KEY, episode INTEGER NOT NULL, auditor TEXT NOT NULL, state TEXT, reason TEXT NOT NULL,
    at INTEGER NOT NULL) STRICT;
CREATE INDEX outcome_word_episode ON outcome_word(episode);
CREATE TRIGGER outcome_word_fixed BEFORE UPDATE ON outcome_word
BEGIN SELECT RAISE(ABORT, 'what auditors said is append-only'); END;
CREATE TRIGGER outcome_word_kept BEFORE DELETE ON outcome_word
BEGIN SELECT RAISE(ABORT, 'what auditors said is append-only'); END;
"""

# ---- since version 1.001: what stands up in an examination

SINCE_1_001 = """
-- Workflow: reservations, reason codes, checklists, incidents, and the rules that hold for every writer.
-- The day on which a hold ends. Reason codes, checklist and retention are settings.
ALTER TABLE decision ADD COLUMN until INTEGER;
-- SHA-256 of the statement, by which later decisions say that they knew it; "" on desks before this.
ALTER TABLE decision ADD COLUMN digest TEXT NOT NULL DEFAULT '';
ALTER TABLE memory_decision ADD COLUMN until INTEGER;
CREATE TABLE reservation(
    correction INTEGER PRIMARY KEY, auditor TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL) STRICT;
-- Reason and closing are an auditor's words, and may name a person.
CREATE TABLE incident(
    id INTEGER PRIMARY KEY, episode INTEGER NOT NULL, kind TEXT NOT NULL, reason TEXT NOT NULL, auditor TEXT NOT NULL,
    opened INTEGER NOT NULL, deadline INTEGER NOT NULL, closed INTEGER, closed_by TEXT NOT NULL DEFAULT '',
    closing TEXT NOT NULL DEFAULT '') STRICT;
CREATE INDEX incident_episode ON incident(episode);

-- Identity: keys over time, and what they may do.
ALTER TABLE auditor ADD COLUMN key_file TEXT NOT NULL DEFAULT '';
ALTER TABLE auditor ADD COLUMN active INTEGER NOT NULL DEFAULT 1;
ALTER TABLE auditor ADD COLUMN trained_until INTEGER;
CREATE TABLE auditor_key(
    public_key TEXT PRIMARY KEY, auditor TEXT NOT NULL, since INTEGER NOT NULL, retired INTEGER, revoked INTEGER,
    reason TEXT NOT NULL) STRICT;
INSERT INTO auditor_key SELECT public_key, name, added, NULL, NULL, '' FROM auditor;

-- Packets: what was sent to other desks and came back, and the heads of their ledgers.
-- `head` and `notes` hold names of auditors and what the sender wrote; `episodes` are ids on this desk.
CREATE TABLE packet(
    digest TEXT PRIMARY KEY, sent INTEGER NOT NULL, kind TEXT NOT NULL, desk TEXT NOT NULL, person TEXT NOT NULL,
    at INTEGER NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL, episodes TEXT NOT NULL, head BLOB NOT NULL,
    notes TEXT NOT NULL) STRICT;
CREATE TABLE witness(
    desk TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL, packet TEXT NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY(desk, size)) STRICT;
CREATE TRIGGER packet_fixed BEFORE UPDATE ON packet BEGIN SELECT RAISE(ABORT, 'packets are append-only'); END;
CREATE TRIGGER packet_kept BEFORE DELETE ON packet BEGIN SELECT RAISE(ABORT, 'packets are append-only'); END;
CREATE TRIGGER witness_fixed BEFORE UPDATE ON witness BEGIN SELECT RAISE(ABORT, 'witnesses are append-only'); END;
CREATE TRIGGER witness_kept BEFORE DELETE ON witness BEGIN SELECT RAISE(ABORT, 'witnesses are append-only'); END;

-- Oversight: sampling plans, second looks, sealed known-bad corrections.
-- To erasure: a comment of a second look is a person's words, and what a seal holds back is text of a trace.
CREATE TABLE sampling_plan(
    id INTEGER PRIMARY KEY, at INTEGER NOT NULL, auditor TEXT NOT NULL, body TEXT NOT NULL, lot TEXT NOT NULL) STRICT;
CREATE TABLE second_look(
    id INTEGER PRIMARY KEY, plan INTEGER NOT NULL, item TEXT NOT NULL, correction INTEGER NOT NULL,
    revision INTEGER NOT NULL, UNIQUE(plan, item)) STRICT;
CREATE INDEX second_look_correction ON second_look(correction, revision);
CREATE TABLE second_decision(
    look INTEGER PRIMARY KEY, first TEXT NOT NULL, verdict TEXT NOT NULL, reason TEXT NOT NULL, comment TEXT NOT NULL,
    auditor TEXT NOT NULL, at INTEGER NOT NULL, statement BLOB NOT NULL, sshsig TEXT NOT NULL,
    envelope BLOB NOT NULL) STRICT;
CREATE TABLE seal(
    id INTEGER PRIMARY KEY, at INTEGER NOT NULL, auditor TEXT NOT NULL, body TEXT NOT NULL, salt BLOB NOT NULL,
    counted INTEGER NOT NULL DEFAULT 0, opened INTEGER) STRICT;
CREATE TABLE sealed(
    correction INTEGER PRIMARY KEY, seal INTEGER NOT NULL, kind TEXT NOT NULL, digest TEXT NOT NULL,
    genuine TEXT NOT NULL, genuine_digest TEXT NOT NULL) STRICT;
CREATE INDEX sealed_digest ON sealed(digest);
CREATE TRIGGER sampling_plan_fixed BEFORE UPDATE ON sampling_plan
BEGIN SELECT RAISE(ABORT, 'sampling plans are append-only'); END;
CREATE TRIGGER sampling_plan_kept BEFORE DELETE ON sampling_plan
BEGIN SELECT RAISE(ABORT, 'sampling plans are append-only'); END;
CREATE TRIGGER second_look_fixed BEFORE UPDATE ON second_look
BEGIN SELECT RAISE(ABORT, 'samples are append-only'); END;
CREATE TRIGGER second_look_kept BEFORE DELETE ON second_look
BEGIN SELECT RAISE(ABORT, 'samples are append-only'); END;
CREATE TRIGGER second_decision_fixed BEFORE UPDATE ON second_decision
BEGIN SELECT RAISE(ABORT, 'second looks are append-only'); END;
CREATE TRIGGER second_decision_kept BEFORE DELETE ON second_decision
BEGIN SELECT RAISE(ABORT, 'second looks are append-only'); END;
CREATE TRIGGER second_decision_by_another BEFORE INSERT ON second_decision WHEN EXISTS(
    SELECT 1 FROM second_look AS look JOIN decision USING(correction, revision)
    WHERE look.id = NEW.look AND decision.auditor = NEW.auditor)
    OR EXISTS(SELECT 1 FROM second_look AS look JOIN revision USING(correction)
    WHERE look.id = NEW.look AND revision.author = NEW.auditor)
BEGIN SELECT RAISE(ABORT, 'a second look is of another auditor than the first and the author'); END;
-- Where two looks differ, a third decides; only the escalation itself is the second auditor's.
CREATE TRIGGER adjudicated_by_a_third BEFORE INSERT ON decision WHEN NEW.verdict != 'escalate' AND EXISTS(
    SELECT 1 FROM second_look AS look JOIN second_decision AS second ON second.look = look.id
    WHERE look.correction = NEW.correction AND look.revision = NEW.revision AND second.verdict != second.first
    AND (second.auditor = NEW.auditor
        OR EXISTS(SELECT 1 FROM decision WHERE decision.correction = NEW.correction
            AND decision.revision = NEW.revision AND decision.auditor = NEW.auditor AND decision.at <= second.at)
        OR EXISTS(SELECT 1 FROM revision WHERE revision.correction = NEW.correction AND author = NEW.auditor)))
BEGIN SELECT RAISE(ABORT, 'where two auditors differ, a third decides'); END;
CREATE TRIGGER seal_fixed BEFORE UPDATE OF id, at, auditor, body, salt ON seal
BEGIN SELECT RAISE(ABORT, 'seals are append-only'); END;
CREATE TRIGGER seal_kept BEFORE DELETE ON seal BEGIN SELECT RAISE(ABORT, 'seals are append-only'); END;
CREATE TRIGGER sealed_fixed BEFORE UPDATE OF correction, seal, kind, digest, genuine_digest ON sealed
BEGIN SELECT RAISE(ABORT, 'what is sealed stays sealed'); END;
CREATE TRIGGER sealed_kept BEFORE DELETE ON sealed BEGIN SELECT RAISE(ABORT, 'what is sealed stays sealed'); END;
CREATE TRIGGER sealed_never_leaves BEFORE INSERT ON release WHEN EXISTS(
    SELECT 1 FROM json_each(NEW.corrections) AS leaving
    WHERE leaving.value IN (SELECT correction FROM sealed) OR EXISTS(
        SELECT 1 FROM revision JOIN sealed USING(digest) WHERE revision.correction = leaving.value))
BEGIN SELECT RAISE(ABORT, 'a known-bad correction never leaves the desk'); END;
CREATE TRIGGER sealed_never_released BEFORE UPDATE OF state ON correction
WHEN NEW.state IN ('released', 'recalled') AND EXISTS(SELECT 1 FROM sealed WHERE sealed.correction = NEW.id)
BEGIN SELECT RAISE(ABORT, 'a known-bad correction never leaves the desk'); END;

-- Ledger: receipts, erasure.
-- What the rows of a table sum up to (desk/tallies.py), 256 neighbours at a time.
CREATE TABLE tally(name TEXT NOT NULL, part INTEGER NOT NULL, rows INTEGER NOT NULL, sum BLOB NOT NULL,
    PRIMARY KEY(name, part)) STRICT, WITHOUT ROWID;
-- What was erased, as the certificate says it, and when nothing was left of it in the file and beside it (ns).
CREATE TABLE erasure(
    id INTEGER PRIMARY KEY, entry INTEGER NOT NULL, certificate TEXT NOT NULL, signature TEXT NOT NULL,
    finished INTEGER) STRICT;
CREATE INDEX entry_kind ON entry(rtrim(substr(CAST(line AS TEXT), instr(CAST(line AS TEXT), '"type":"') + 8), '"}'));
CREATE INDEX entry_actor ON entry(substr(CAST(line AS TEXT), 11, instr(CAST(line AS TEXT), '","at":') - 11));
CREATE INDEX entry_at ON entry(
    CAST(substr(CAST(line AS TEXT), instr(CAST(line AS TEXT), '"at":') + 5, 20) AS INTEGER));

-- Release: who signed a bundle, recalls.
-- Which lines of a bundle each corrected turn became; lines: {file: line}. It holds no text of a trace or a person.
CREATE TABLE release_turn(
    release INTEGER NOT NULL, correction INTEGER NOT NULL, revision INTEGER NOT NULL, start INTEGER NOT NULL,
    stop INTEGER NOT NULL, lines TEXT NOT NULL, PRIMARY KEY(release, correction, start)) STRICT;
CREATE INDEX release_turn_correction ON release_turn(correction);
CREATE TRIGGER release_turn_fixed BEFORE UPDATE ON release_turn
    BEGIN SELECT RAISE(ABORT, 'what left is append-only'); END;
CREATE TRIGGER release_turn_kept BEFORE DELETE ON release_turn
    BEGIN SELECT RAISE(ABORT, 'what left is append-only'); END;
ALTER TABLE release ADD COLUMN recipient TEXT NOT NULL DEFAULT '';
ALTER TABLE release ADD COLUMN signers TEXT NOT NULL DEFAULT '[]';
-- A bundle that others must still sign: revisions are the digests that it holds, by correction.
CREATE TABLE release_draft(
    id INTEGER PRIMARY KEY, at INTEGER NOT NULL, folder TEXT NOT NULL, auditor TEXT NOT NULL, digest TEXT NOT NULL,
    revisions TEXT NOT NULL, memory TEXT NOT NULL, recipient TEXT NOT NULL, required INTEGER NOT NULL,
    state TEXT NOT NULL) STRICT;
CREATE TRIGGER sealed_never_drafted BEFORE INSERT ON release_draft WHEN EXISTS(
    SELECT 1 FROM json_each(NEW.revisions) AS leaving WHERE leaving.value IN (SELECT digest FROM sealed)
    OR CAST(leaving.key AS INTEGER) IN (SELECT correction FROM sealed))
BEGIN SELECT RAISE(ABORT, 'a known-bad correction never leaves the desk'); END;
CREATE TABLE recall(
    id INTEGER PRIMARY KEY, release INTEGER NOT NULL, at INTEGER NOT NULL, auditor TEXT NOT NULL, notice BLOB NOT NULL,
    sshsig TEXT NOT NULL) STRICT;
CREATE TRIGGER recall_fixed BEFORE UPDATE ON recall BEGIN SELECT RAISE(ABORT, 'recalls are append-only'); END;
CREATE TRIGGER recall_kept BEFORE DELETE ON recall BEGIN SELECT RAISE(ABORT, 'recalls are append-only'); END;
"""

# ---- since version 1.002

SINCE_1_002 = """
-- All that a list of the queue is narrowed by, in the two orders that would take long to make, and whose episodes they
-- are (desk/narrowing.py). What is not live is in no list.
CREATE INDEX episode_worst ON episode(
    live, priority DESC, id, review, correction, outcome, category, agent, model) WHERE live = 1;
CREATE INDEX episode_longest ON episode(
    live, steps DESC, id, review, correction, outcome, category, agent, model) WHERE live = 1;
CREATE INDEX episode_who ON episode(live, (CASE agent WHEN '' THEN model ELSE agent END)) WHERE live = 1;
"""

SCRIPTS = {1_000: TABLES, 1_001: SINCE_1_000, 1_002: SINCE_1_001 + RULES, 1_003: SINCE_1_002}
"""The scripts by the version that they bring a desk to: major * 1000 + minor. A desk of a newer version is refused."""

VERSION = max(SCRIPTS)
