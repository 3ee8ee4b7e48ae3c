"""How English speakers name days, times and sums. Matched against cleaned clauses."""

import re


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w'])(?:{pattern})(?![\w'])", re.IGNORECASE | re.VERBOSE)


_MONTHS = (
    "january|february|march|april|may|june|july|august|september|october|november|december"
    "|jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec"
)
_NUMBER = (
    r"(?:\d+|a|an|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fourteen|fifteen|twenty"
    r"|twenty[-\ ]four|thirty|forty[-\ ]eight|sixty|ninety|a\ few|a\ couple\ of|several)"
)
_UNIT = r"(?:(?:business|working|calendar)\ )?(?:minute|hour|day|week|month|year)s?"
_DAY = (
    r"(?:today|tonight|tomorrow(?:\ (?:morning|afternoon|evening))?|yesterday"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day(?:\ (?:morning|afternoon|evening))?"
    r"|(?:next|this|last)\ (?:coming\ )?(?:week(?:end)?|month|year|morning|afternoon|evening"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day)|the\ weekend"
    r"|(?:the\ )?end\ of\ (?:(?:the|this|next)\ (?:day|week|month|year)"
    rf"|(?:{_MONTHS})))"
)
_ORDINAL = (
    r"(?:\d{1,2}(?:st|nd|rd|th)|(?:twenty|thirty)[-\ ]\w+(?:st|nd|rd|th)|\w+teenth|first|second"
    r"|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|twentieth|thirtieth)"
)
_CALENDAR = (
    rf"(?:the\ )?{_ORDINAL}(?:\ of)?\ (?:{_MONTHS})(?:\ \d{{4}})?"
    rf"|(?:the\ )?{_ORDINAL}\ of\ (?:the|this|next)\ month"
    rf"|(?:{_MONTHS})\ (?:the\ )?(?:{_ORDINAL}|\d{{1,2}})(?:,?\ \d{{4}})?"
    rf"|\d{{1,2}}/\d{{1,2}}(?:/\d{{2,4}})?|\d{{1,2}}\.\d{{1,2}}\.\d{{2,4}}|\d{{4}}-\d{{2}}-\d{{2}}"
    r"|\d{1,2}(?:st|nd|rd|th)(?!\ (?:floor|street|avenue|time|line))"
    rf"|the\ {_ORDINAL}(?!\ (?:time|one|step|place|floor|line|thing|option|party))"
)
_HOUR = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|1[0-2]|\d)"
_PAST_HOUR = r"(?:fifteen|twenty|thirty|forty[-\ ]five|fifteen|quarter)"
_CLOCK = (
    rf"(?:\d{{1,2}}[:.]\d{{2}}(?:\ ?(?:am|pm|a\.m\.|p\.m\.))?|{_HOUR}\ ?(?:am|pm|a\.m\.|p\.m\."
    rf"|o'clock)"
    rf"|half\ (?:past\ )?{_HOUR}|quarter\ (?:to|past)\ {_HOUR}|noon|midday|midnight|lunchtime"
    rf"|{_HOUR}\ {_PAST_HOUR})"
)
# An hour alone is one where nothing is counted by it: "after two", not "after two weeks".
_BARE_HOUR = (
    rf"{_HOUR}(?!\ (?:to|or|and|hundred|thousand|business|working|calendar|more|of|times?"
    rf"|point)(?!\w)"
    r"|\ [\w-]+s(?!\w)|\ (?:week|day|month|minute|hour|year|man|people)(?!\w)|[.,:]\d|\ (?:zero"
    r"|oh|one"
    r"|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|\w+ty)(?!\w))"
)
_TO = r"(?:\ ?(?:to|and|or|-)\ )"
_AT = (
    rf"(?:at|by|before|after|until|till|around|from|between)\ (?:about\ |around\ )?"
    rf"(?:{_CLOCK}|{_BARE_HOUR}|{_HOUR}{_TO}{_HOUR}(?=\W*$|[.,?!]))"
    rf"(?:{_TO}(?:{_CLOCK}|{_BARE_HOUR}))?"
)
_DAY_AND_DATE = rf"{_DAY}(?:,?\ (?:{_CALENDAR}))?"
_MONTH_ALONE = "|".join(rf"(?<={word}\ )(?:{_MONTHS})" for word in ("in", "until", "by", "since"))
_SPAN = (
    rf"(?:within|in|up\ to)\ (?:the\ next\ )?(?:about\ |around\ )?{_NUMBER}"
    rf"(?:\ (?:to|or|and)\ {_NUMBER})?\ {_UNIT}|{_NUMBER}\ (?:to|or)\ {_NUMBER}\ {_UNIT}"
)
WHEN = _words(
    rf"(?:{_CALENDAR}|{_DAY_AND_DATE})(?:,?\ (?:{_AT}|{_CLOCK}))?|{_AT}|{_CLOCK}(?!\ (?:of|off))"
    rf"|{_MONTH_ALONE}|(?:{_SPAN})(?!\ ago)"
)
DUE = _words(
    rf"""
    (?:within|in|after|for|up\ to)\ (?:the\ next\ )?(?:about\ |around\ )?{_NUMBER}
      (?:\ (?:to|or|and)\ {_NUMBER})?\ {_UNIT}(?!\ ago)
  | {_NUMBER}\ (?:to|or)\ {_NUMBER}\ {_UNIT}
  | (?:(?:by|on|before|until|from|no\ later\ than|at)\ )?(?:{_CALENDAR}|{_DAY_AND_DATE})
      (?:,?\ (?:{_AT}|{_CLOCK}))?
  | {_AT} | (?:at\ |by\ )?{_CLOCK}(?!\ (?:of|off))
  | (?:about|around)\ {_NUMBER}\ {_UNIT}(?!\ ago)
  | (?:later(?:\ (?:today|on))?|shortly|straight\ away|right\ away|immediately|overnight)
    """
)
_SUM_WORD = (
    r"(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen"
    r"|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty"
    r"|ninety|hundred|thousand|a\ hundred|a\ thousand)"
)
_SUM = rf"(?:\d[\d,]*(?:\.\d+)?|{_SUM_WORD}(?:[-\ ](?:and\ )?{_SUM_WORD})*)"
_COIN = r"(?:dollars?|bucks|pounds?|euros?|cents?|pence|quid|grand|rupees?|francs?|usd|eur|gbp)"
AMOUNT = re.compile(
    rf"[$£€₹]\s?\d[\d,]*(?:\.\d+)?(?!\d)|(?<![\w.])\d[\d,]*(?:\.\d+)?\s?[€£%]"
    rf"|(?<![\w'])(?:{_SUM}\ {_COIN}(?:\ (?:and\ )?{_SUM}(?:\ {_COIN})?)?"
    rf"|{_SUM}\ per\ ?cent)(?![\w'])",
    re.IGNORECASE | re.VERBOSE,
)
# What is talked of where sums are named without their coin.
MONEY = _words(
    r"""
    pay\w*|paid|pric\w*|cost\w*|charg\w*|fees?|bill\w*|refund\w*|credit\w*|deal|quot\w*|rate|excess
  | offer\w*|deposit|instal\w*|balance|premium|mortgage|rent|(?:a|per)\ (?:month|year|week|night)
    |knocked
  | discount\w*|money|consultation|worth|ow(?:e|ed|ing|es)|loan|salary|tariff|debit\w*|transfer\w*
  | cheaper|expensive|dear|bank|card|cash|plan|annual|allowance|compensation|voucher|claim\w*|value
  | how\ much | wages? | fine | saving\w*|transaction|total|comes\ to|dollars?|pounds?|euros?|quid
    """
)
_TENS = r"(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
_ONES = r"(?:one|two|three|four|five|six|seven|eight|nine)"
_BELOW_HUNDRED = rf"(?:{_TENS}(?:[-\ ]{_ONES})?|ten|eleven|twelve|\w+teen|{_ONES})"
_BIG = (
    rf"(?:(?:a|{_BELOW_HUNDRED})\ (?:hundred|thousand)"
    rf"(?:\ (?:and\ )?(?:a\ hundred|{_BELOW_HUNDRED}(?:\ hundred)?))*)"
)
# "fifteen ninety nine", "nine fifty": what people say of pounds and pence alike.
_PAIR = rf"(?:{_BELOW_HUNDRED}\ {_TENS}(?:[-\ ]{_ONES})?(?![-\ ]{_ONES}))"
# A small number is a sum where it is paid or what is due each month.
_PRICED = (
    rf"(?:{_BELOW_HUNDRED}(?=\ (?:a|per|each)\ (?:month|week|year|night|day)(?!\w))"
    rf"|(?<=comes\ to\ ){_BELOW_HUNDRED}"
    rf"|(?<=pay\ ){_BELOW_HUNDRED}|(?<=paying\ ){_BELOW_HUNDRED}|(?<=costs\ ){_BELOW_HUNDRED}"
    rf"|(?<=at\ the\ ){_BELOW_HUNDRED}|(?<=down\ to\ ){_BELOW_HUNDRED}"
    rf"|(?<=up\ to\ ){_BELOW_HUNDRED}"
    rf"|(?<=instead\ of\ ){_BELOW_HUNDRED}|(?<=or\ )(?:{_TENS}(?:[-\ ]{_ONES})?)(?=\ if))"
)
# Of such a number only that what follows does not count something else.
BARE_AMOUNT = re.compile(
    rf"(?<![\w'.-])(?<!two\ thousand\ )(?:{_BIG}|{_PAIR}|{_PRICED}|\d+\.\d\d"
    rf"|\d{{1,3}}(?:,\d{{3}})+)(?![\w'-])(?!\.\d)"
    r"(?:\ (?:(?:a|per|each)\ (?:month|week|year|night|day)|excess|deposit)(?!\w))?"
    rf"(?!\ (?!(?:is|was|plus|this|as|it's|that's|unless|minus|\w+ss)(?!\w))[\w-]+s(?!\w))"
    rf"(?!\ (?:people|{_ONES}|oh|zero|double|percent|am|pm|kilowatt|mile|gig|{_COIN}"
    rf"|of\ the)(?!\w))",
    re.IGNORECASE | re.VERBOSE,
)
