"""What the pipeline offers, by module: what `pipeline/__init__.py` imports for types; a test compares the two."""

_BY_MODULE = """
desk.effects: new_families
desk.rules: By
desk.tracing: Line as TracedLine
dream.endpoint: Endpoint
guard.ladder: Rung, rungs
locate.agreement: Agreement
locate.assessing: Figures
locate.evaluate.table: Line
locate.learning: Lesson
pipeline.assessing: Assessment, assess
pipeline.attempts: Pairing, other_attempts, pair_up
pipeline.backups: accept as accept_older, back_up
pipeline.batch_jobs: begin as begin_batch, resume as resume_batch
pipeline.batching: abandon as abandon_batch, cancel as cancel_batch
pipeline.budget: BudgetReached, Estimate
pipeline.bundles: Shown as ShownBundle, check_recall, check_steps, make_report, overview, report_text, verify_bundle
pipeline.checking: check, choose_strictness, guardrails, is_stale, may_be, preview, seen_by, stale
pipeline.common: Cancelled, Progress, change_setting, may_change_rules
pipeline.drafting: Signed, add_signature, finish_releases, sign_draft, withdraw_draft
pipeline.dreaming: amend, author, dream, estimated_dreams, question as dream_question
pipeline.recurring: Comparison, effect
pipeline.episode_reporting: FORMS as EPISODE_FORMS, episode_report, write_episode
pipeline.erasing: Preview as ErasurePreview, certificates, erase, finish_erasures, preview_erasure
pipeline.evaluating: Evaluated, evaluate_desk, evaluate_folder
pipeline.executing: listed as environments
pipeline.flowing: close_incident, give_back, open_incident, reserve
pipeline.grouping: group, name_family
pipeline.recounting: Change, Event, History, change, history
pipeline.identities: add_auditor, allowed_signers, change_auditor, change_passphrase, keys, revoke_key, revoked_keys
pipeline.identities: rotate_key, unlock
pipeline.importing: formats, import_paths
pipeline.judging: MOST_VOTES, OFFLINE_METHODS, estimated, judge, ways
pipeline.leaking: Leak
pipeline.learning: Learned, learn, study, use_shipped
pipeline.locating: locate
pipeline.marking: agreement, mark, may_reveal, reveal
pipeline.media: save_media, step_media
pipeline.memory_importing: import_memory
pipeline.memory_releasing: apply_memory
pipeline.memory_reviewing: MEMORY_VERDICTS, MemoryView, decide_memory, memory_checks, memory_meaning, memory_texts
pipeline.memory_reviewing: memory_view, why_not_memory
pipeline.outbound: make_endpoint
pipeline.outcomes: preview_rule, set_outcome
pipeline.oversight: MEASURES, Agreed, agreed
pipeline.packets.conflicts: conflicts as packet_conflicts
pipeline.packets.found: Conflict as PacketConflict, Found as PacketFound, Stranger as PacketStranger, in_words
pipeline.packets.joining: join as join_packet, look as look_into_packet
pipeline.packets.making: answer as answer_packet, make_packet, packet_head, sampled
pipeline.policies: add_policy, bound, withdraw_policy
pipeline.preparing: Prepared, prepare
pipeline.previewing: Preview, may_release, preview_release, Rows as FormatRows
pipeline.recalling: recall_release
pipeline.reexecuting: reexecute
pipeline.releasing: release, training_formats
pipeline.reporting: Stored, import_reports, gaps as report_gaps, page as report_page, sections as report_sections
pipeline.restoring: Restorable, look_at_backup, restore
pipeline.review_rules: add_reason, change_reason, checklist, desk_reasons, refuse_early_purge, retention
pipeline.review_rules: set_checklist
pipeline.reviewing: decide, meaning, reasons, reserved_by_another, why_not
pipeline.sampling: look_again, make_plan, meaning as second_look_meaning
pipeline.sealing: open_seal, seal
pipeline.showing: Seen, case_of
pipeline.tracing: told, trace_desk, trace_line, untraced
pipeline.triaging.crew: hire
pipeline.triaging.dealing: EACH, MOST_EPISODES, Ask as TriageAsk
pipeline.triaging.result: Triage
pipeline.triaging.running: Sending as TriageSending, triage
pipeline.verifying: verify_desk
release.bundle: DRAFT
release.terms: Terms as ReleaseTerms
review.identity: Signer
review.packets.packet: Head as PacketHead, PacketKind
review.sampling: Bound, Risk, Terms
review.shown: COMMAND_LINE, ONLY_DIFFERENCES, SIDE_BY_SIDE, WINDOW, Shown
review.signing: block as signature_block
review.sshsig: fingerprint
"""

OFFERED = {
    name.split()[-1]: (f"dreamdesk.{module}", name.split()[0])
    for module, _, names in (line.partition(": ") for line in _BY_MODULE.split("\n") if line)
    for name in names.split(", ")
}
"""By the name under which it is offered: the module, and the name there."""
