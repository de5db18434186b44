"""Secrets and personal data: what a text holds of them, found with the standard library alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address
from math import log2


@dataclass(frozen=True, slots=True)
class Sensitive:
    """One find: what it is, the words verbatim, where they start, and whether they give access (a secret)."""

    what: str
    text: str
    at: int
    secret: bool

    @property
    def masked(self) -> str:
        """The find with all but its ends hidden, for sentences that travel further than the evidence."""
        return f"{self.text[:3]}…{self.text[-2:]}" if len(self.text) > 8 else "…"


# Published token formats of the providers, each with its fixed prefix.
_SECRETS = {
    "private key": r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(?:[^-]{0,20000}-----END [A-Z ]{0,30}PRIVATE KEY-----)?",
    "JSON web token": r"\beyJ[\w-]{8,2000}\.[\w-]{8,4000}\.[\w-]{8,2000}",
    "Anthropic or OpenAI key": r"\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{20,200}",
    "GitHub token": r"\b(?:gh[pousr]_[A-Za-z0-9]{36,80}|github_pat_\w{22,100})",
    "GitLab token": r"\bglpat-[\w-]{20,60}",
    "AWS access key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "Google key": r"\b(?:AIza[\w-]{35}|ya29\.[\w-]{20,400})",
    "Slack token": r"\bxox[abprs]-[\w-]{10,100}",
    "Stripe key": r"\b[sr]k_live_[A-Za-z0-9]{16,100}",
    "Hugging Face token": r"\bhf_[A-Za-z]{30,50}\b",
    "npm token": r"\bnpm_[A-Za-z0-9]{36}\b",
    "SendGrid key": r"\bSG\.[\w-]{16,32}\.[\w-]{16,64}",
}
_SECRET = re.compile("|".join(f"(?P<s{n}>{pattern})" for n, pattern in enumerate(_SECRETS.values())))
_ASSIGNED = re.compile(
    r"(?:password|passwd|passphrase|secret|api[_ -]?key|access[_ -]?token|auth[_ -]?token)"
    r"[\"']?\s{0,3}(?:[:=]|\bis\b)\s{0,3}"
    r"[\"']?(?P<value>[^\s\"',;<>{}()\[\]]{8,200})",
    re.IGNORECASE,
)
_RANDOM = re.compile(r"(?<![\w+/=-])[A-Za-z0-9+_=-]{32,200}(?![\w+/=-])")
_CARD = re.compile(r"(?<![\w.-])[3-6]\d{3}(?:[ -]?\d{2,7}){2,4}(?![\w-])")
_SSN = re.compile(r"(?<![\w-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{2,4}){3,8}\b")
_EMAIL = re.compile(r"[\w.+-]{1,64}@\w[\w-]{0,62}(?:\.[\w-]{1,63}){1,5}")
_PHONE = re.compile(r"(?<![\w.+-])(?:\+\d[\d ().-]{7,18}\d|\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4})(?![\w-])")
_IP = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*\w)")


def sensitive(text: str) -> Iterator[Sensitive]:
    """Yield the secrets and personal data in *text*: at most one find for each stretch of it, secrets first."""
    taken = bytearray(len(text))
    for find in _all(text):
        stop = find.at + len(find.text)
        if taken.find(1, find.at, stop) < 0:
            taken[find.at : stop] = b"\1" * len(find.text)
            yield find


def _all(text: str) -> Iterator[Sensitive]:
    names = list(_SECRETS)
    for match in _SECRET.finditer(text):
        yield Sensitive(names[int(str(match.lastgroup)[1:])], match[0], match.start(), True)
    for match in _ASSIGNED.finditer(text):
        value = match["value"]
        if _mixed(value) and entropy(value) > 2.8:
            yield Sensitive("password or key", value, match.start("value"), True)
    for match in _CARD.finditer(text):
        if luhn(match[0]):
            yield Sensitive("payment card number", match[0], match.start(), True)
    for match in _SSN.finditer(text):
        yield Sensitive("US social security number", match[0], match.start(), True)
    for match in _RANDOM.finditer(text):
        if _mixed(match[0]) and any(c.isupper() for c in match[0]) and entropy(match[0]) > 4.3:
            yield Sensitive("random token", match[0], match.start(), True)
    for match in _IBAN.finditer(text):
        if iban(match[0]):
            yield Sensitive("bank account (IBAN)", match[0], match.start(), False)
    for what, pattern in (("e-mail address", _EMAIL), ("phone number", _PHONE)):
        for match in pattern.finditer(text):
            yield Sensitive(what, match[0], match.start(), False)
    for match in _IP.finditer(text):
        if _public(match[0]):
            yield Sensitive("IP address", match[0], match.start(), False)


def _mixed(value: str) -> bool:
    return any(c.isdigit() for c in value) and any(c.isalpha() for c in value)


def entropy(text: str) -> float:
    """Return the Shannon entropy of *text*'s characters in bits per character."""
    return -sum(n / len(text) * log2(n / len(text)) for n in Counter(text).values())


def luhn(number: str) -> bool:
    """Tell whether the digits of *number* are 13 to 19 and carry a valid check digit (ISO/IEC 7812-1, Luhn)."""
    digits = [int(c) for c in number if c.isdecimal()]
    doubled = [sum(divmod(2 * d, 10)) for d in digits[-2::-2]]
    return 13 <= len(digits) <= 19 and len(set(digits)) > 1 and (sum(doubled) + sum(digits[::-2])) % 10 == 0


def iban(text: str) -> bool:
    """Tell whether *text* is an IBAN with a valid checksum (ISO 13616, mod 97)."""
    plain = text.replace(" ", "")
    if not 15 <= len(plain) <= 34 or not plain.isascii():
        return False
    return int("".join(str(int(c, 36)) for c in plain[4:] + plain[:4])) % 97 == 1


def _public(text: str) -> bool:
    try:
        return IPv4Address(text).is_global
    except AddressValueError:
        return False
