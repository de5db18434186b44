"""How a heading becomes the end of a link, as GitHub and most renderers of Markdown do it."""

from __future__ import annotations

import re


def slug(heading: str) -> str:
    """Return the anchor of *heading*: in small letters, hyphens for spaces, punctuation left out."""
    return re.sub(r"[^\w\- ]", "", heading.casefold()).strip().replace(" ", "-")
