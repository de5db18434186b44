"""What asking models costs, as the owner of the desk has written it down; nothing is known unless they have.

The setting reads ``NAME=IN/OUT; NAME=IN/OUT``: the price of a million tokens sent and of a million tokens answered, in
one currency of the owner's choice, for each model by the name that the desk asks it under.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from dreamdesk.model.errors import UserError


@dataclass(frozen=True, slots=True)
class Price:
    """The price of a million tokens sent (*input*) and of a million tokens answered (*output*)."""

    input: float
    output: float

    def of(self, input_tokens: int, output_tokens: int) -> float:
        """Return what so many tokens cost."""
        return (input_tokens * self.input + output_tokens * self.output) / 1e6


def parse(text: str) -> dict[str, Price]:
    """Return the price of each model that the setting *text* names.

    Raises:
        UserError: it is not of the form that the setting has.
    """
    found = {}
    for part in filter(None, map(str.strip, text.split(";"))):
        name, _, figures = part.rpartition("=")
        given, _, answered = figures.partition("/")
        price = Price(number(given), number(answered))
        if not name.strip():
            raise _no_price(part)
        found[name.strip()] = price
    return found


def number(text: str) -> float:
    """Return the amount that *text* is: 0 or more, and finite.

    Raises:
        UserError: it is none.
    """
    try:
        value = float(text)
    except ValueError:
        raise _no_price(text) from None
    if not math.isfinite(value) or value < 0:
        raise _no_price(text)
    return value


def check(name: str, value: str) -> None:
    """Refuse a *value* that the setting *name* cannot have; "" is always allowed.

    Raises:
        UserError: the value is no price list, no number of tokens or no amount.
    """
    if name == "model_prices":
        parse(value)
    elif value and (number(value) == 0 or (name == "token_limit" and not value.isdecimal())):
        raise UserError(f"The setting {name} is a number above 0, or empty for no limit; nothing was changed.")


def _no_price(part: str) -> UserError:
    return UserError(
        f"“{part[:60]}” is no price. Write NAME=IN/OUT, the prices of a million tokens sent and answered, such as"
        " my-model=1.50/7.50; several are parted by semicolons. Nothing was changed."
    )
