"""Thanks-only messages: a closed list per language; the whole message must be on it."""

import re

from inbox.model import Said

THANKS = frozenset(
    """
    thanks|thank you|thanks a lot|thank you so much|thank you very much|many thanks|thx|ty|cheers|great thanks
    perfect thanks|thanks that worked|it works thanks|ok thanks|awesome thanks|great|perfect
    tack|tack så mycket|tack tack|tusen tack|stort tack|tackar|tack för hjälpen|tack det funkar|tack det fungerar
    ok tack|toppen tack|perfekt tack|super tack|toppen|perfekt
    tak|mange tak|tusind tak|tak for hjælpen|tak det virker|ok tak|super tak|perfekt tak|fedt tak|fedt
    👍|🙏|❤️|❤|👌|😊|🎉|👍🙏|🙏👍
    """.replace("\n", "|").split("|")
)
PUNCTUATION = re.compile(r"[.!,;:…\s]+")
SKIN_TONES = re.compile("[\U0001f3fb-\U0001f3ff]")
CLOSED_LIST = frozenset(PUNCTUATION.sub(" ", words).strip() for words in THANKS) - {""}


def only_thanks(said: Said) -> bool:
    """Did somebody send nothing but thanks? Whoever sends a picture along has something to show."""
    return not said.files and is_thanks(said.text)


def is_thanks(text: str) -> bool:
    """Is the whole message nothing but thanks?"""
    plain = SKIN_TONES.sub("", text.casefold().replace("@", " "))
    return PUNCTUATION.sub(" ", plain).strip() in CLOSED_LIST
