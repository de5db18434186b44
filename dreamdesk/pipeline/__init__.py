"""The pipeline: the stages joined on a desk. The command line and the window both call this, and nothing below it.

Each module is one stage; what they offer is listed here for whoever checks types, and in `pipeline/offered.py` for the
program, which imports a module when something of it is first asked for (PEP 562). So the window is on the screen and
the desk in it before what only a decision, a bundle or a model needs.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from dreamdesk.pipeline.offered import OFFERED

if TYPE_CHECKING:
    from dreamdesk.desk.effects import new_families
    from dreamdesk.desk.rules import By
    from dreamdesk.desk.tracing import Line as TracedLine
    from dreamdesk.dream.endpoint import Endpoint
    from dreamdesk.guard.ladder import Rung, rungs
    from dreamdesk.locate.agreement import Agreement
    from dreamdesk.locate.assessing import Figures
    from dreamdesk.locate.evaluate.table import Line
    from dreamdesk.locate.learning import Lesson
    from dreamdesk.pipeline import mapping
    from dreamdesk.pipeline.assessing import Assessment, assess
    from dreamdesk.pipeline.attempts import Pairing, other_attempts, pair_up
    from dreamdesk.pipeline.backups import accept as accept_older
    from dreamdesk.pipeline.backups import back_up
    from dreamdesk.pipeline.batch_jobs import begin as begin_batch
    from dreamdesk.pipeline.batch_jobs import resume as resume_batch
    from dreamdesk.pipeline.batching import abandon as abandon_batch
    from dreamdesk.pipeline.batching import cancel as cancel_batch
    from dreamdesk.pipeline.budget import BudgetReached, Estimate
    from dreamdesk.pipeline.bundles import Shown as ShownBundle
    from dreamdesk.pipeline.bundles import check_recall, check_steps, make_report, overview, report_text, verify_bundle
    from dreamdesk.pipeline.checking import (
        check,
        choose_strictness,
        guardrails,
        is_stale,
        may_be,
        preview,
        seen_by,
        stale,
    )
    from dreamdesk.pipeline.common import Cancelled, Progress, change_setting, may_change_rules
    from dreamdesk.pipeline.drafting import Signed, add_signature, finish_releases, sign_draft, withdraw_draft
    from dreamdesk.pipeline.dreaming import amend, author, dream, estimated_dreams
    from dreamdesk.pipeline.dreaming import question as dream_question
    from dreamdesk.pipeline.episode_reporting import FORMS as EPISODE_FORMS
    from dreamdesk.pipeline.episode_reporting import episode_report, write_episode
    from dreamdesk.pipeline.erasing import Preview as ErasurePreview
    from dreamdesk.pipeline.erasing import certificates, erase, finish_erasures, preview_erasure
    from dreamdesk.pipeline.evaluating import Evaluated, evaluate_desk, evaluate_folder
    from dreamdesk.pipeline.executing import listed as environments
    from dreamdesk.pipeline.flowing import close_incident, give_back, open_incident, reserve
    from dreamdesk.pipeline.grouping import group, name_family
    from dreamdesk.pipeline.identities import (
        add_auditor,
        allowed_signers,
        change_auditor,
        change_passphrase,
        keys,
        revoke_key,
        revoked_keys,
        rotate_key,
        unlock,
    )
    from dreamdesk.pipeline.importing import formats, import_paths
    from dreamdesk.pipeline.judging import MOST_VOTES, OFFLINE_METHODS, estimated, judge, ways
    from dreamdesk.pipeline.leaking import Leak
    from dreamdesk.pipeline.learning import Learned, learn, study, use_shipped
    from dreamdesk.pipeline.locating import locate
    from dreamdesk.pipeline.marking import agreement, mark, may_reveal, reveal
    from dreamdesk.pipeline.media import save_media, step_media
    from dreamdesk.pipeline.memory_importing import import_memory
    from dreamdesk.pipeline.memory_releasing import apply_memory
    from dreamdesk.pipeline.memory_reviewing import (
        MEMORY_VERDICTS,
        MemoryView,
        decide_memory,
        memory_checks,
        memory_meaning,
        memory_texts,
        memory_view,
        why_not_memory,
    )
    from dreamdesk.pipeline.outbound import make_endpoint
    from dreamdesk.pipeline.outcomes import preview_rule, set_outcome
    from dreamdesk.pipeline.oversight import MEASURES, Agreed, agreed
    from dreamdesk.pipeline.packets.conflicts import conflicts as packet_conflicts
    from dreamdesk.pipeline.packets.found import Conflict as PacketConflict
    from dreamdesk.pipeline.packets.found import Found as PacketFound
    from dreamdesk.pipeline.packets.found import Stranger as PacketStranger
    from dreamdesk.pipeline.packets.found import in_words
    from dreamdesk.pipeline.packets.joining import join as join_packet
    from dreamdesk.pipeline.packets.joining import look as look_into_packet
    from dreamdesk.pipeline.packets.making import answer as answer_packet
    from dreamdesk.pipeline.packets.making import make_packet, packet_head, sampled
    from dreamdesk.pipeline.policies import add_policy, bound, withdraw_policy
    from dreamdesk.pipeline.preparing import Prepared, prepare
    from dreamdesk.pipeline.previewing import Preview, may_release, preview_release
    from dreamdesk.pipeline.previewing import Rows as FormatRows
    from dreamdesk.pipeline.recalling import recall_release
    from dreamdesk.pipeline.recounting import Change, Event, History, change, history
    from dreamdesk.pipeline.recurring import Comparison, effect
    from dreamdesk.pipeline.reexecuting import reexecute
    from dreamdesk.pipeline.releasing import release, training_formats
    from dreamdesk.pipeline.reporting import Stored, import_reports
    from dreamdesk.pipeline.reporting import gaps as report_gaps
    from dreamdesk.pipeline.reporting import page as report_page
    from dreamdesk.pipeline.reporting import sections as report_sections
    from dreamdesk.pipeline.restoring import Restorable, look_at_backup, restore
    from dreamdesk.pipeline.review_rules import (
        add_reason,
        change_reason,
        checklist,
        desk_reasons,
        refuse_early_purge,
        retention,
        set_checklist,
    )
    from dreamdesk.pipeline.reviewing import decide, meaning, reasons, reserved_by_another, why_not
    from dreamdesk.pipeline.sampling import look_again, make_plan
    from dreamdesk.pipeline.sampling import meaning as second_look_meaning
    from dreamdesk.pipeline.sealing import open_seal, seal
    from dreamdesk.pipeline.showing import Seen, case_of
    from dreamdesk.pipeline.tracing import told, trace_desk, trace_line, untraced
    from dreamdesk.pipeline.triaging.crew import hire
    from dreamdesk.pipeline.triaging.dealing import EACH, MOST_EPISODES
    from dreamdesk.pipeline.triaging.dealing import Ask as TriageAsk
    from dreamdesk.pipeline.triaging.result import Triage
    from dreamdesk.pipeline.triaging.running import Sending as TriageSending
    from dreamdesk.pipeline.triaging.running import triage
    from dreamdesk.pipeline.verifying import verify_desk
    from dreamdesk.release.bundle import DRAFT
    from dreamdesk.release.terms import Terms as ReleaseTerms
    from dreamdesk.review.identity import Signer
    from dreamdesk.review.packets.packet import Head as PacketHead
    from dreamdesk.review.packets.packet import PacketKind
    from dreamdesk.review.sampling import Bound, Risk, Terms
    from dreamdesk.review.shown import COMMAND_LINE, ONLY_DIFFERENCES, SIDE_BY_SIDE, WINDOW, Shown
    from dreamdesk.review.signing import block as signature_block
    from dreamdesk.review.sshsig import fingerprint
else:

    def __getattr__(name: str) -> Any:
        """Import what is asked for."""
        if name == "mapping":  # the one module that is offered as a whole
            return import_module("dreamdesk.pipeline.mapping")
        if name not in OFFERED:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module, its_name = OFFERED[name]
        globals()[name] = found = getattr(import_module(module), its_name)
        return found


__all__ = [
    "COMMAND_LINE",
    "DRAFT",
    "EACH",
    "EPISODE_FORMS",
    "MEASURES",
    "MEMORY_VERDICTS",
    "MOST_EPISODES",
    "MOST_VOTES",
    "OFFLINE_METHODS",
    "ONLY_DIFFERENCES",
    "SIDE_BY_SIDE",
    "WINDOW",
    "Agreed",
    "Agreement",
    "Assessment",
    "Bound",
    "BudgetReached",
    "By",
    "Cancelled",
    "Change",
    "Comparison",
    "Endpoint",
    "ErasurePreview",
    "Estimate",
    "Evaluated",
    "Event",
    "Figures",
    "FormatRows",
    "History",
    "Leak",
    "Learned",
    "Lesson",
    "Line",
    "MemoryView",
    "PacketConflict",
    "PacketFound",
    "PacketHead",
    "PacketKind",
    "PacketStranger",
    "Pairing",
    "Prepared",
    "Preview",
    "Progress",
    "ReleaseTerms",
    "Restorable",
    "Risk",
    "Rung",
    "Seen",
    "Shown",
    "ShownBundle",
    "Signed",
    "Signer",
    "Stored",
    "Terms",
    "TracedLine",
    "Triage",
    "TriageAsk",
    "TriageSending",
    "abandon_batch",
    "accept_older",
    "add_auditor",
    "add_policy",
    "add_reason",
    "add_signature",
    "agreed",
    "agreement",
    "allowed_signers",
    "amend",
    "answer_packet",
    "apply_memory",
    "assess",
    "author",
    "back_up",
    "begin_batch",
    "bound",
    "cancel_batch",
    "case_of",
    "certificates",
    "change",
    "change_auditor",
    "change_passphrase",
    "change_reason",
    "change_setting",
    "check",
    "check_recall",
    "check_steps",
    "checklist",
    "choose_strictness",
    "close_incident",
    "decide",
    "decide_memory",
    "desk_reasons",
    "dream",
    "dream_question",
    "effect",
    "environments",
    "episode_report",
    "erase",
    "estimated",
    "estimated_dreams",
    "evaluate_desk",
    "evaluate_folder",
    "fingerprint",
    "finish_erasures",
    "finish_releases",
    "formats",
    "give_back",
    "group",
    "guardrails",
    "hire",
    "history",
    "import_memory",
    "import_paths",
    "import_reports",
    "in_words",
    "is_stale",
    "join_packet",
    "judge",
    "keys",
    "learn",
    "locate",
    "look_again",
    "look_at_backup",
    "look_into_packet",
    "make_endpoint",
    "make_packet",
    "make_plan",
    "make_report",
    "mapping",
    "mark",
    "may_be",
    "may_change_rules",
    "may_release",
    "may_reveal",
    "meaning",
    "memory_checks",
    "memory_meaning",
    "memory_texts",
    "memory_view",
    "name_family",
    "new_families",
    "open_incident",
    "open_seal",
    "other_attempts",
    "overview",
    "packet_conflicts",
    "packet_head",
    "pair_up",
    "prepare",
    "preview",
    "preview_erasure",
    "preview_release",
    "preview_rule",
    "reasons",
    "recall_release",
    "reexecute",
    "refuse_early_purge",
    "release",
    "report_gaps",
    "report_page",
    "report_sections",
    "report_text",
    "reserve",
    "reserved_by_another",
    "restore",
    "resume_batch",
    "retention",
    "reveal",
    "revoke_key",
    "revoked_keys",
    "rotate_key",
    "rungs",
    "sampled",
    "save_media",
    "seal",
    "second_look_meaning",
    "seen_by",
    "set_checklist",
    "set_outcome",
    "sign_draft",
    "signature_block",
    "stale",
    "step_media",
    "study",
    "told",
    "trace_desk",
    "trace_line",
    "training_formats",
    "triage",
    "unlock",
    "untraced",
    "use_shipped",
    "verify_bundle",
    "verify_desk",
    "ways",
    "why_not",
    "why_not_memory",
    "withdraw_draft",
    "withdraw_policy",
    "write_episode",
]
