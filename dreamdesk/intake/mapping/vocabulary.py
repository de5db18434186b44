"""The words that logs use, in English, German, French, Spanish: names of fields, and values that say who spoke.

Names and values are compared by their words (`columns.words_of`): folded, without accents, spelling joined or not.
"""

from __future__ import annotations

import re

from dreamdesk.intake.mapping.mapping import Role
from dreamdesk.model.episode import Actor, Kind, OutcomeState


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


NAMES = {
    Role.EPISODE: _set(
        "conversationid conversation sessionid session threadid thread ticketid ticket ticketnr ticketnumber caseid"
        " case casenumber chatid chat dialogid dialogueid dialog dialogue episodeid episode traceid trace runid run"
        " callid interactionid vorgang vorgangsnummer vorgangsnr vorgangid fall fallnummer fallnr gesprach gesprachid"
        " gesprachsid gesprachsnummer sitzung sitzungsid conversacion dossier id uuid rolloutid trajectoryid exampleid"
    ),
    Role.ORDER: _set(
        "turn turnid turnno turnindex turnnumber seq sequence sequencenumber seqno step stepid stepno stepindex"
        " stepnumber index idx order orderno position pos no nr nummer number messageno messageindex lfdnr"
        " laufendenummer schritt schrittnr reihenfolge zeile ordre orden"
    ),
    Role.ACTOR: _set(
        "role from sender speaker author actor who participant participanttype sendertype authortype speakertype"
        " authorrole messagetype direction side party origin source type eventtype absender rolle sprecher von"
        " verfasser autor teilnehmer richtung wer expediteur auteur remitente rol sentby createdby user isbot isagent"
        " isuser iscustomer fromuser frombot fromcustomer fromagent isai"
    ),
    Role.KIND: _set(
        "kind type event eventtype eventname steptype messagetype category art typ ereignis evenement tipo"
    ),
    Role.CONTENT: _set(
        "lines turns messages utterances sentences content text message msg body utterance messagetext messagebody"
        " texttext transcript payload data value says said comment note nachricht inhalt texte aussage mitteilung"
        " beitrag mensaje contenido contenu log logmessage description details chattext"
    ),
    Role.USER_TEXT: _set(
        "question prompt usermessage userinput userprompt userquery userquestion usertext user human query request"
        " input customermessage customer customertext customerquestion ask frage kundenfrage kunde anfrage"
        " benutzereingabe pregunta demande instruction"
    ),
    Role.AGENT_TEXT: _set(
        "answer response reply completion output assistantmessage assistant agentmessage agentreply agentresponse"
        " agentanswer botmessage botreply botresponse botanswer bot modeloutput modelresponse airesponse aireply"
        " aianswer generation llmoutput llmresponse antwort agentenantwort botantwort respuesta reponse finalanswer"
        " agent"
    ),
    Role.THINKING: _set(
        "thinking thought thoughts reasoning reasoningcontent rationale scratchpad chainofthought cot innermonologue"
        " gedanken gedanke uberlegung begrundung pensee"
    ),
    Role.POLICY: _set(
        "systemprompt system policy systemmessage rules guidelines richtlinie systeminstruction vorgaben"
    ),
    Role.TOOL: _set(
        "tool toolname function functionname functioncall action actionname api apiname endpoint command plugin skill"
        " operation werkzeug werkzeugname funktion aktion herramienta outil calledtool"
    ),
    Role.ARGUMENTS: _set(
        "args arguments argument parameters params parameter input inputs toolinput toolargs toolarguments"
        " toolparameters actioninput functionargs functionarguments kwargs argumente eingabe"
        " werkzeugeingabe argumentos"
    ),
    Role.RESULT: _set(
        "result results output outputs observation toolresult tooloutput toolresponse functionresult returned return"
        " returnvalue response stdout ergebnis ausgabe ruckgabe werkzeugergebnis resultado resultat actionoutput"
    ),
    Role.CALLS: _set("toolcalls calls functioncalls actions tooluses toolinvocations aufrufe"),
    Role.CALL_ID: _set(
        "callid toolcallid tooluseid functioncallid invocationid actionid aufrufid requestid correlationid"
    ),
    Role.ERROR: _set(
        "error iserror err errormessage failed isfailed exception fault fehler istfehler fehlermeldung erreur success"
        " ok"
    ),
    Role.TIME: _set(
        "time timestamp ts at date datetime created createdat createdon sentat sent occurredat eventtime loggedat"
        " when starttime startedat started epoch epochms timems zeit zeitpunkt zeitstempel datum uhrzeit gesendet"
        " erstellt erstelltam fecha hora heure horodatage t"
    ),
    Role.AGENT: _set(
        "agent agentname agentid bot botname assistantname assistant agentversion agentrolle nombreagente"
    ),
    Role.MODEL: _set("model modelname modelid llm engine modell modellname deployment modele modelo"),
    Role.TASK: _set(
        "task goal objective instruction instructions taskdescription problem aufgabe ziel auftrag anliegen"
    ),
    Role.TASK_KEY: _set("taskid taskkey taskname scenario scenarioid testcase testid aufgabenid intent problemid"),
    Role.TITLE: _set("title subject headline topic summary betreff titel thema asunto sujet caption"),
    Role.OUTCOME: _set(
        "outcome reward score success successful succeeded issuccess resolved isresolved solved passed pass correct"
        " iscorrect verdict label rating grade result status finalstatus taskstatus csat stars satisfaction quality"
        " ergebnis erfolg erfolgreich gelost bewertung note resolution ausgang failed isfailed exito resultado"
    ),
    Role.LABEL: _set(
        "errorstep mistakestep failurestep failedstep errorindex wrongstep criticalstep iserrorstep ismistake"
        " fehlerschritt errorturn mistaketurn"
    ),
    Role.REASON: _set(
        "errorreason mistakereason failurereason reason labelreason errorexplanation fehlergrund grund annotation"
        " stepreason whywrong"
    ),
}
"""Names that a field of each role has, its words joined."""

_VALUES: tuple[tuple[str, frozenset[str]], ...] = (
    (
        Kind.TOOL_RESULT,
        _set(
            "toolresult toolresponse tooloutput functionresult functionresponse functioncalloutput observation result"
            " output toolmessage werkzeugergebnis ergebnis resultat toolend toolreturn"
        ),
    ),
    (
        Kind.TOOL_CALL,
        _set(
            "toolcall toolcalls functioncall tooluse toolinvocation action call toolrequest toolstart werkzeugaufruf"
            " aufruf actioncall"
        ),
    ),
    (
        Kind.THINKING,
        _set("thinking thought thoughts reasoning innermonologue gedanke gedanken plan planning reflection"),
    ),
    (Kind.HANDOFF, _set("handoff handover transfer delegate delegation ubergabe escalation")),
    (
        Actor.AGENT,
        _set(
            "assistant agent bot ai model llm gpt chatbot copilot assistent assistentin ki claude gemini virtualagent"
            " virtualassistant voicebot outbound outgoing ausgehend out support advisor operator answer reply antwort"
            " botmessage botreply agentmessage assistantmessage aimessage agente asistente robot representative rep a"
        ),
    ),
    (
        Actor.USER,
        _set(
            "user human customer client caller visitor guest enduser requester member patient applicant consumer"
            " buyer kunde kundin nutzer nutzerin benutzer benutzerin anrufer besucher mandant usuario cliente"
            " utilisateur inbound incoming eingehend in person me usermessage humanmessage customermessage question"
            " frage employee mitarbeiter u q"
        ),
    ),
    (
        Actor.TOOL,
        _set("tool function environment env api werkzeug computer terminal executor backend outil herramienta"),
    ),
    (Actor.SYSTEM, _set("system developer instruction instructions sys systemprompt prompt moderator systeme sistema")),
    (Kind.MESSAGE, _set("message text msg chat nachricht mensaje")),
)

_PASSED = _set(
    "pass passed success successful succeeded succeed correct true yes ja resolved solved good ok done completed"
    " complete achieved erfolg erfolgreich gelost fulfilled accepted positive win won richtig exito fixed"
)
_FAILED = _set(
    "fail failed failure incorrect false no nein unresolved unsolved bad error wrong abandoned rejected negative lost"
    " timeout crashed aborted escalated fehler fehlgeschlagen misserfolg ungelost falsch abgebrochen notresolved"
    " notsolved"
)
_PARTLY = _set("partial partly partially teilweise parcial partiel")

MODELS = re.compile(
    r"(?i)(?<![a-z])(gpt|claude|gemini|llama|mistral|mixtral|qwen|deepseek|phi-|command-r|o[134]-|grok)"
)

REVERSED = ("failed", "fail", "error", "isfailed", "iserror", "fehler", "err", "exception", "fault")
"""Names of fields whose yes is bad news."""


def meaning(words: tuple[str, ...]) -> str:
    """Return which actor or kind a value of these *words* names, "" for none."""
    joined = "".join(words)
    for means, known in _VALUES:
        if joined in known:
            return means
    for means, known in _VALUES:
        if any(word in known and len(word) > 1 for word in words) and len(words) <= 4:
            return means
    return ""


def verdict(words: tuple[str, ...]) -> str:
    """Return which outcome a value of these *words* names, "" for none."""
    joined = "".join(words)
    for state, known in (
        (OutcomeState.FAILED, _FAILED), (OutcomeState.PARTIAL, _PARTLY), (OutcomeState.SUCCEEDED, _PASSED)
    ):  # fmt: skip
        if joined in known:
            return state
    if len(words) > 4:
        return ""
    if "not" in words or "nicht" in words or _FAILED & set(words):
        return OutcomeState.FAILED
    if _PARTLY & set(words):
        return OutcomeState.PARTIAL
    return OutcomeState.SUCCEEDED if _PASSED & set(words) else ""


def named(role: Role, words: tuple[str, ...]) -> float:
    """Return how well a field named with *words* fits *role* by its name: 1 for its very name, 0 for none of it."""
    names = NAMES[role]
    if "".join(words) in names:
        return 1.0
    if len(words) > 1 and any("".join(words[start:]) in names for start in range(1, len(words))):
        return 0.7
    if len(words) > 1 and any("".join(words[:end]) in names for end in range(1, len(words))):
        return 0.5
    return 0.0
