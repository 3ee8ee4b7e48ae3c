"""What stands around a word that may be a name: what makes of it a place, a shop, a greeting."""

from .lexicon import is_common
from .reading import Reading

_PLACES = frozenset(
    ["san", "saint", "st", "santa", "fort", "mount", "lake", "port", "new", "los", "las", "el",
     "north", "south", "east", "west", "upper", "lower", "mt", "cape", "point", "papa"]
)  # fmt: skip
_NO_PERSON = frozenset(
    ["street", "avenue", "road", "lane", "drive", "bank", "store", "branch", "hotel", "hospital",
     "school", "university", "college", "park", "county", "city", "station", "mall", "insurance",
     "motors", "company", "inc", "ltd", "limited", "group", "church", "airport", "beach", "island",
     "court", "boulevard", "mobile", "wireless", "energy", "credit", "savings", "trust", "telecom",
     "bakery", "cafe", "diner", "pharmacy", "clinic", "center", "centre", "stadium", "plaza", "day",
     "equipment", "furniture", "supply", "holdings", "partners", "associates", "&"]
)  # fmt: skip
SHOPS = frozenset({"at", "from", "to", "the", "a", "an", "into", "outside", "near", "than", "in"})


def is_place(reading: Reading, at: int) -> bool:
    """Tell whether a name stands for a shop, a street or a town."""
    before = reading.bare[at - 1] if at else ""
    after = reading.bare[at + 1] if at + 1 < len(reading) and not reading.ends_part(at) else ""
    if before in _PLACES or (before == "at" and reading.is_cased) or after in _NO_PERSON:
        return True
    if at > 1 and reading.is_cased and reading.bare[at - 2] == "at" and reading.is_capital(at - 1):
        return True  # "at John Lewis"
    after_two = reading.bare[at + 2] if at + 2 < len(reading) and after else ""
    if after_two in _NO_PERSON and not is_common(after):
        return True
    return before in SHOPS and reading.bare[at].endswith("'s") and reading.is_cased


def is_vocative(reading: Reading, at: int) -> bool:
    return reading.ends_part(at) and (
        at == 0 or reading.ends_part(at - 1) or reading.bare[at - 1] in GREETINGS
    )


GREETINGS = frozenset({"hi", "hello", "hey", "thanks", "you", "okay", "ok", "bye", "sorry", "dear"})
