"""Words of which postal addresses are made, and limits of their parts. Folded."""

# So ends the name of a street, whatever stands before it; the others are words too.
STREETS = frozenset(
    ["street", "avenue", "road", "lane", "boulevard", "parkway", "highway", "crescent", "terrace",
     "ave", "rd", "ln", "blvd", "pkwy", "hwy", "st", "turnpike", "expressway", "mews", "freeway",
     "cres", "causeway", "esplanade", "promenade", "rte", "alley", "court", "drive", "dr", "ct"]
)  # fmt: skip
ROADS = frozenset({"highway", "route", "hwy", "rte"})  # "2200 Highway 101"
NUMBERED = frozenset({"county", "state", "rural", "farm"})
MAYBE = frozenset(
    ["way", "place", "close", "square", "circle", "trail", "row", "gardens", "garden", "grove",
     "hill", "park", "view", "walk", "green", "parade", "rise", "loop", "path", "ridge", "pike",
     "plaza", "point", "run", "bend", "quay", "wharf", "villas", "cottages", "pl", "cir", "sq",
     "heights", "bridge", "broadway", "fields", "meadow", "meadows", "drove", "yard", "vale",
     "route", "estate", "house", "end", "cottage", "dale", "mount", "croft", "gate", "lodge"]
)  # fmt: skip
PREFIXES = frozenset(
    ["calle", "rue", "via", "avenida", "rua", "plaza", "piazza", "carrer", "camino", "paseo",
     "avenue", "place", "boulevard", "chemin", "viale", "praça", "ulica", "ul", "route"]
)  # fmt: skip
GERMAN = ("strasse", "straße", "gasse", "allee", "platz", "weg", "straat", "laan", "gatan", "vej")
GERMAN_MIN = 7
UNITS = frozenset(
    ["apartment", "apt", "unit", "suite", "ste", "flat", "shop", "floor", "room", "lot", "building",
     "bldg", "#", "number", "no", "block", "house"]
)  # fmt: skip
FLATS = frozenset({"apartment", "apt", "unit", "suite", "flat"})
POSITIONS = frozenset(
    ["floor", "left", "right", "front", "rear", "upstairs", "downstairs", "basement", "first",
     "second", "third", "fourth", "fifth", "ground", "top"]
)  # fmt: skip
DIRECTIONS = frozenset(
    ["north", "south", "east", "west", "northeast", "northwest", "southeast", "southwest", "n",
     "s", "e", "w", "ne", "nw", "se", "sw"]
)  # fmt: skip
STATES = frozenset(
    """
    alabama alaska arizona arkansas california colorado connecticut delaware florida georgia hawaii
    idaho illinois indiana iowa kansas kentucky louisiana maine maryland massachusetts michigan
    minnesota mississippi missouri montana nebraska nevada hampshire jersey mexico york carolina
    dakota ohio oklahoma oregon pennsylvania rhode island tennessee texas utah vermont virginia
    washington wisconsin wyoming columbia ontario quebec alberta manitoba saskatchewan nova scotia
    al ak az ar ca co ct fl ga hi ia id il ks ky la ma md mi mn ms mo mt nc nd ne nh nj nm nv ny
    oh pa ri sc sd tn tx ut va vt wa wi wv wy dc england scotland wales ireland usa
    kent essex surrey new north south west
    """.split()  # noqa: SIM905 (read as lines of words)
)
CONNECTORS = frozenset(
    ["in", "near", "um", "uh", "uhm", "and", "the", "zip", "zipcode", "postcode", "code", "is",
     "that's", "of", "county", "city"]
)  # fmt: skip
BUSINESS = frozenset(
    ["our", "branch", "store", "shop", "office", "warehouse", "headquarters", "depot",
     "outlet", "restaurant", "hotel", "mall", "clinic", "stores", "branches"]
)  # fmt: skip
BUSINESS_NEAR = 6
HOUSE_DIGITS_MAX = 6
UNIT_SIGNS_MAX = 3  # "4B"
STATE_SHORT = 2  # letters: without a town before it, "in" and "me" are words
NAME_MIN = 3  # letters; fewer are read out of a code
