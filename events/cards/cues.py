"""What the words of an utterance say its numbers are."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Literal

from msgspec import Struct

# "loosely": a card or a payment is spoken of, not the number itself. "other": the number is
# said to be something else, such as a phone number. "part": the first or last of some number.
Topic = Literal["card", "loosely", "code", "expiry", "other", "part"]


class Cue(Struct, frozen=True, gc=False):
    """Words that name what the numbers near them are."""

    topic: Topic
    first_word: int
    last_word: int


def cues_of(words: Sequence[str]) -> list[Cue]:
    """Return the cues in folded words, in order."""
    text = " ".join(words)
    starts = [0, *accumulate(len(word) + 1 for word in words)]
    return [
        Cue(
            _topic(match),
            bisect_right(starts, match.start()) - 1,
            bisect_right(starts, match.end() - 1) - 1,
        )
        for match in _CUES.finditer(text)
    ]


def _topic(match: re.Match[str]) -> Topic:
    for topic in _TOPICS:
        if match[topic] is not None:
            return topic
    raise AssertionError(match.lastgroup)


_TOPICS: tuple[Topic, ...] = ("other", "code", "expiry", "card", "loosely", "part")

_NUMBER = r"(?:numbers?|no\.?|nr|digits?|details|info\w*)"
_BRAND = (
    r"(?:visa|master\s?card|amex|american\sexpress|discover|diners(?:\sclub)?|maestro|jcb|rupay)"
)
_OTHER_CARD = (
    r"(?:sim|id|identity|identification|insurance|member(?:ship)?|library|loyalty|rewards?|report"
    r"|business|green|medicare|health|club|social\ssecurity|sd|memory|sound|graphics|post)\s?cards?"
)
_OTHER_END = (
    r"(?:contract|offer|sale|promo\w*|plan|policy|passport|licen[cs]e|warranty|guarantee|trial"
    r"|subscription|coupon|voucher|lease|membership|permit|certificate|password|link|quote|deal"
    r"|insurance)"
)
_EXPIRES = r"(?:expir\w*|runs?\sout|ends?|(?:valid|good)\s(?:until|till?|through|thru))"
# Order matters only among those that begin at one place; longer before shorter.
_CUES = re.compile(
    rf"""(?<![\w$£€])(?:
    (?P<other>
        {_OTHER_CARD} (?:\s{_NUMBER})?
      | (?:limit|charges?|balance|fees?|payment|transaction|refund|purchase)
        \son\s(?:my|the|your|this|that)\s(?:\w+\s)?card
      | {_OTHER_END} (?:\s\w+){{0,3}}? \s{_EXPIRES}
      | {_OTHER_END} \s{_NUMBER}
      | (?:tele)?phone|mobile|cell(?:phone)?|landline|fax|area\scode|country\scode|dial\w*
      | (?:call|reach|text|ring|contact|phone)\s(?:me|you|him|her|us|them|back)
      | call(?:ed|ing|back)?|callback|texted|extension|ext
      | account|acct|polic(?:y|ies)|claim|order|confirmation|reference|ref|booking|reservation
      | case|ticket|tracking|shipment|parcel|invoice|receipt|member(?:ship)?|customer|client
      | serial|model|imei|iccid|sim|meter|routing|sort\scode|iban|swift|bic|transaction|voucher
      | aadha+r|nhs|nino|medicare
      | social(?:\ssecurity(?:\s{_NUMBER})?)?|ssn|national\sinsurance|tax|passport|licen[cs]e
      | zip|post\s?code|postal|street|address|house|apartment|flat|suite|p\.?o\.?\sbox
      | birth\w*|born|dob|pin|pass\s?(?:code|word)|one[-\s]time|otp
      | errors?|amount|totals?|balance|bills?|billed|charged?|charges|paid|owe[ds]?|costs?|priced?
      | fees?|limit|refund(?:ed)?|deposit|discount|salary|income|worth
      | employee|badge|vin|plate|registration|sku|item|part\s{_NUMBER}|flight|room|channel
      | version|population|loan|mortgage|patient|student|user\s?(?:id|name)|e-?mail
      | since|back\sin|year|plus\s(?:four[-\s]four|44|one|1)
    )
  | (?P<code>
        c\.?v\.?v\.?2?|c\.?v\.?c\.?2?|cvn|cvd|csc|c\sv\s[vc]|see\sv\sv|cv\s(?:code|number)
      | (?:security|safety|card|verification|validation|secret|sec)[-\s](?:code|value)
      | card\s(?:verification|security)\s\w+|security\s{_NUMBER}
      | (?:three|four|3|4)[-\s](?:digit|number)s?\s(?:\w+\s){{0,2}}(?:security\s)?code
      | (?:last|other|little|small|final)?\s?(?:three|3)\s(?:digits?|numbers?)
      | (?:code|digits?|numbers?)\s(?:(?:that's|that\sis|that\sare|which\sis|is|are)\s)?
        (?:on|at|from)\s(?:the|its|your|my)\s(?:back|front|reverse|signature)
      | (?:the|its|my)\s(?:back|reverse)\s(?:of\sit\s)?(?:says|reads|is)
      | on\s(?:the|its|your|my)\s(?:signature\s)?(?:back|reverse|strip)
      | (?:signature|security)\s(?:strip|panel)
      | back\sof\s(?:the|your|my|this|that)\s(?:\w+\s)?card
    )
  | (?P<expiry>
        date\son\s(?:it|this|(?:the|my|that)\s(?:card|front|visa))
      | (?:card\s)?expir\w*|exp(?:\.|\sdate)?|(?:good|valid)\s(?:through|thru|until|till?|to|from)
      | runs?\sout|month\sand\s(?:the\s)?year|(?:thru|end)\sdate|valid\sdate
    )
  | (?P<card>
        (?:card|{_BRAND}|plastic)(?:'s)?\s(?:is\s|account\s)?(?:{_NUMBER}|ends?|ending|is|it's)
      | (?:number|digits)\s(?:\w+\s)?(?:on|across|off|of|for)\s(?:the|your|my|this|that)\s
        (?:\w+\s){{0,2}}(?:card|front|{_BRAND})
      | (?:long|full|whole|sixteen[-\s]digit|16[-\s]digit)\s(?:card\s)?(?:number|one)
      | (?:sixteen|16|fifteen|15)\sdigits?
      | (?:credit|debit|bank|payment|prepaid|gift)\scards?(?:\s{_NUMBER})?
    )
  | (?P<loosely>
        cards?(?:'s)?|{_BRAND}|(?:make|take|process|taking|making|put\sthrough)\s(?:\w+\s){{0,2}}payment
      | pay(?:ing|ment)?\s(?:by|with|over|method)|payment\sdetails|charge\sit\sto
    )
  | (?P<part>
        (?:last|first|next|final|other|second|third|middle)\s
        (?:four|4|eight|8|six|6|group|bit|part|set|half|block|digits?|ones?)
      | end(?:s|ing)?\s(?:in|with)
    )
    )(?!\w)""",
    re.VERBOSE,
)
