"""The words numbers are said with, and those that are said among them."""

ZEROS = frozenset({"oh", "o", "owe", "zero", "zeros", "nought", "naught", "aught", "nil", "null"})
UNITS = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9",
    # As a recogniser writes them when it hears no number.
    "niner": "9", "fife": "5", "fower": "4", "tree": "3", "foe": "4", "sics": "6",
} | dict.fromkeys(ZEROS, "0")  # fmt: skip
TEENS = {
    "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14",
    "fifteen": "15", "sixteen": "16", "seventeen": "17", "eighteen": "18", "nineteen": "19",
}  # fmt: skip
TENS = {
    "twenty": "20", "thirty": "30", "forty": "40", "fourty": "40", "fifty": "50", "sixty": "60",
    "seventy": "70", "eighty": "80", "ninety": "90",
}  # fmt: skip
SCALES = {"hundred": 3, "thousand": 4}  # digits of one of it
TIMES = {
    "double": 2, "dubble": 2, "triple": 3, "treble": 3, "tripple": 3, "quadruple": 4, "quad": 4,
    "quintuple": 5,
}  # fmt: skip
PLURALS = {
    "zeros": "0", "zeroes": "0", "ohs": "0", "oohs": "0", "noughts": "0", "ones": "1",
    "twos": "2", "threes": "3", "fours": "4", "fives": "5", "sixes": "6", "sevens": "7",
    "eights": "8", "nines": "9",
}  # fmt: skip
# Words that are digits only where digits stand beside them.
MISHEARD = {
    "for": "4", "fore": "4", "to": "2", "too": "2", "tu": "2", "ate": "8", "won": "1", "wan": "1",
    "sex": "6", "sick": "6", "nein": "9", "free": "3",
}  # fmt: skip

# What people say among the digits of one number, and their listeners.
FILLERS = frozenset(
    {
        "a", "again", "ah", "alright", "also", "and", "by", "comma", "dash", "digits", "dot", "eh",
        "er", "erm", "finally", "followed", "got", "go", "hm", "hmm", "hold", "huh", "hyphen", "i",
        "is", "it", "it's", "its", "just", "last", "let", "like", "me", "mean", "minus", "mhm",
        "mm", "mmm", "next", "no", "nope", "now", "ok", "okay", "on", "pause", "please", "point",
        "repeat", "right", "same", "say", "see", "slash", "so", "sorry", "space", "stroke",
        "sure", "thanks", "that", "that's", "thats", "the", "then", "there", "there's", "uh",
        "uhm", "um", "wait", "well", "yeah", "yep", "yes", "you", "know",
    }
)  # fmt: skip
FILLERS_MAX = 5  # "no wait sorry it's the": beyond that it is a sentence of its own

# After these the number before them counts or measures something.
MEASURES = frozenset(
    {
        "%", "a.m", "account", "accounts", "ahead", "am", "bedroom", "boxes", "bucks", "calls",
        "cent", "cents", "channels", "consecutive", "day", "days", "degrees", "device", "devices",
        "different", "digit", "digits", "dollar", "dollars", "euro", "euros", "gb", "gig",
        "gigabytes", "gigs", "grand", "hour", "hours", "items", "kilometers", "lines", "mb",
        "mbps", "megabits", "megabytes", "megs", "miles", "million", "billion", "minute",
        "minutes", "moment", "month", "months", "more", "o'clock", "oclock", "of", "others",
        "p.m", "payments", "pence", "people", "percent", "percentage", "phones", "pm", "points",
        "pound", "pounds", "quid", "second", "seconds", "sec", "secs", "separate", "square",
        "street", "times", "avenue", "road", "drive", "lane", "court", "boulevard", "units",
        "week", "weeks", "year", "years", "yards", "eur", "usd", "gbp", "kilowatt", "kilowatts",
        "kwh", "volts", "watts", "customers", "users", "tickets", "orders", "cards", "invoices",
        "messages", "emails", "texts", "dollar's",
    }
)  # fmt: skip
MONTHS = {
    name: f"{number:02}"
    for number, names in enumerate(
        (
            "january jan", "february feb", "march mar", "april apr", "may", "june jun",
            "july jul", "august aug", "september sept sep", "october oct", "november nov",
            "december dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
