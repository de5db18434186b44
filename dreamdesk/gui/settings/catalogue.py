"""The settings of a desk as people meet them: what each is called, what it does in a sentence, and its choices."""

from __future__ import annotations

from dataclasses import dataclass

from dreamdesk.desk import settings
from dreamdesk.language import t


@dataclass(frozen=True, slots=True)
class Known:
    """One setting of the desk.

    Attributes:
        name: What the desk and the command line call it.
        title: What it is called.
        sentence: What it does.
        choices: Its values with what each is called; "on" and "off" make a switch, none at all a line of text.
        placeholder: What an empty line means.
    """

    name: str
    title: str
    sentence: str
    choices: tuple[tuple[str, str], ...] = ()
    placeholder: str = ""


def review() -> tuple[Known, ...]:
    """Return what holds when corrections are decided."""
    return (
        Known(
            settings.FOUR_EYES,
            t("Four eyes"),
            t("Two different auditors must approve, neither of them the author of the correction."),
            _switch(t("Two must approve")),
        ),
        Known(
            settings.WAIVER_SECOND,
            t("Second auditor for warnings"),
            t("An approval in spite of a guardrail's warning takes a second auditor, even without four eyes."),
            _switch(t("Two for warnings")),
        ),
        Known(
            settings.BLIND_MARK,
            t("Blind mark"),
            t("Whether you mark the step where it went wrong before the desk shows its own view of it."),
            (
                (settings.OFF, t("Off: shown at once")),
                (settings.OPTIONAL, t("Optional: mark, or look with V")),
                (settings.REQUIRED, t("Required: hidden until you mark")),
            ),
        ),
        Known(
            settings.OUTCOME_RULE,
            t("Scores"),
            t("From which score on an episode failed or succeeded. What an auditor says of an episode outranks it."),
        ),
    )


def keys() -> tuple[Known, ...]:
    """Return what holds for keys and passphrases."""
    return (
        Known(
            settings.LOCK_AFTER,
            t("Passphrase again"),
            t("When you enter the passphrase of your key again. A window that locks forgets the key."),
            tuple(
                (
                    value,
                    t("At each signature") if value == settings.EACH else t("After {value} idle minutes", value=value),
                )
                for value in settings.CHOICES[settings.LOCK_AFTER]
            ),
        ),
    )


def release() -> tuple[Known, ...]:
    """Return what holds when a bundle leaves, and for how long things are kept."""
    return (
        Known(
            settings.RELEASE_SIGNATURES,
            t("Signatures of a bundle"),
            t("How many people must sign a bundle before it is one. Until then it is a sealed draft."),
            tuple(
                (many, t("One person") if many == "1" else t("{many} people", many=many))
                for many in settings.CHOICES[settings.RELEASE_SIGNATURES]
            ),
        ),
        Known(
            settings.PERSONAL_DATA,
            t("Personal data in what leaves"),
            t("What happens when personal data is found in what a bundle would hold. Secrets always keep it back."),
            (("told", t("Told before a release")), ("resolved", t("Kept back until resolved"))),
        ),
        Known(
            settings.RETENTION,
            t("Retention"),
            t("For how many years nothing is purged, and what class of records this is, such as: 6 trading desk."),
            placeholder=t("no rule"),
        ),
        Known(
            settings.HEAD_FOLDERS,
            t("Folders for the ledger's head"),
            t(
                "Where the head of the ledger is repeated outside the desk, such as a stick or a share of the "
                "compliance office. Whole paths; several are parted by |."
            ),
            placeholder=t("only beside the desk"),
        ),
    )


def model() -> tuple[Known, ...]:
    """Return what holds when a model is asked."""
    return (
        Known(
            settings.ENDPOINT_URL,
            t("Model address"),
            t("Where a model answers that speaks the Messages API, such as Ollama or llama.cpp on this computer."),
            placeholder=t("none: no model is asked"),
        ),
        Known(
            settings.ENDPOINT_MODEL,
            t("Model name"),
            t("The model's name as its server knows it."),
            placeholder=t("none"),
        ),
        Known(
            settings.ENDPOINT_HOST,
            t("Opened host"),
            t("The one host beyond this computer that a model may be asked at. Without one, nothing leaves it."),
            placeholder=t("none: offline"),
        ),
        Known(
            settings.REDACT,
            t("Redaction"),
            t("A model gets marks in place of secrets and personal data; they are put back into its answer here."),
            _switch(t("Send marks")),
        ),
        Known(
            settings.MODEL_PRICES,
            t("Model prices"),
            t("What models cost, in and out per million tokens, such as: name=3/15. Several are parted by semicolons."),
            placeholder=t("not said"),
        ),
        Known(
            settings.TOKEN_LIMIT,
            t("Token limit"),
            t("Tokens, in and out together, after which one run that asks a model stops."),
            placeholder=t("no limit"),
        ),
        Known(
            settings.COST_LIMIT,
            t("Cost limit"),
            t("The same as an amount of money, by the prices above."),
            placeholder=t("no limit"),
        ),
        Known(
            settings.ENVIRONMENTS,
            t("Environments of others"),
            t("Names of simulators that others wrote and that may run here as programs, with commas between them."),
            placeholder=t("only those that come with DreamDesk"),
        ),
    )


def _switch(on: str) -> tuple[tuple[str, str], ...]:
    return (("on", on), ("off", on))
