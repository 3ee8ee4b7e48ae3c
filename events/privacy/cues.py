"""Words that say what the numbers near them are: somebody's, or nobody's."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Literal, cast

from msgspec import Struct

from .kinds import PersonalKind

# "fine": a number that identifies nobody. "part": the first or last of some number.
Named = PersonalKind | Literal["fine", "part"]


class PersonalCue(Struct, frozen=True, gc=False):
    """Words that name what the numbers near them are."""

    named: Named
    first_word: int
    last_word: int
    loosely: bool = False  # "call me at", "my account", "the bill": no number itself was named


def personal_cues_of(words: Sequence[str]) -> list[PersonalCue]:
    """Return the cues in folded words, in order."""
    text = " ".join(words)
    starts = [0, *accumulate(len(word) + 1 for word in words)]
    return [
        PersonalCue(
            _NAMED[cast("str", match.lastgroup)],
            bisect_right(starts, match.start()) - 1,
            bisect_right(starts, match.end() - 1) - 1,
            match.lastgroup in _LOOSELY
            or (match.lastgroup == "fine" and not _ASKS.search(match.group())),
        )
        for match in _CUES.finditer(text)
    ]


_LOOSELY = frozenset({"call", "account", "living"})
_NAMED: dict[str, Named] = {
    "card": "card_number",
    "expiry": "expiry_date",
    "code": "security_code",
    "national": "national_id",
    "pin": "pin",
    "number": "account_number",
    "account": "account_number",
    "phone": "phone_number",
    "call": "phone_number",
    "email": "email_address",
    "birth": "date_of_birth",
    "post": "postal_address",
    "address": "postal_address",
    "living": "postal_address",
    "name": "person_name",
    "fine": "fine",
    "part": "part",
}

_ASKS = re.compile(r"number|code|\bno\b|\bids?\b|\bhow\b")
_NO = r"(?:numbers?|no\.?|nr\.?|\#|digits?|ids?)"
_BRAND = r"(?:visa|master\s?card|amex|american\sexpress|maestro)"
_CUES = re.compile(
    rf"""(?<![\w$£€])(?:
    (?P<fine>
        (?:order|confirmation|reference|ref|case|ticket|tracking|shipment|parcel
          |incident|invoice|receipt|serial|model|imei|iccid|meter|error|claim|complaint|sku|promo\w*
          |coupon|voucher|flight|channels?|version|article|step|page|option|extension\scord|part
          |apartment\scomplex|store|branch|room|floor|gate|seat|item|transaction|batch)
          (?:\s(?:{_NO}|codes?))?
      | (?:error|area\sof|promo\w*|discount|coupon|dress|bar|qr|source|fault|status|stock|booking
          |product|referral|colou?r|gift|pick\s?up)\scodes?
      | (?:call|reach|contact|text|ring|phone)\sus
      | (?:customer\sservice|toll[-\s]free|hot|help)\s?line
      | our\s(?:\w+\s)?(?:number|line|address|office|store|branch|shop|hours)
      | (?:amount|totals?|balance|bills?|charged?|charges|payment|price|costs?|fees?|limit|refund
          |credit|deposit|rate|salary|income|rent|worth|paid|owed?)(?:\sof)?
      | how\s(?:much|many|long|old|often)|since|channels?|megabits|speed|score|serial|vin|plate
      | registration|your\snumber\sone
    )
  | (?P<code>
        c\.?v\.?v\.?2?|c\.?v\.?c\.?2?|cvn|csc|(?:security|card|verification)\s(?:code|value)\son
      | security\scodes?|(?:three|four|3|4)[-\s]digits?\scode
    )
  | (?P<expiry> expir\w*|exp(?:\.|\sdate)? )
  | (?P<card>
        (?:credit|debit|bank|payment|gift)\scards?(?:\s{_NO})?|card(?:'s)?\s{_NO}
      | {_BRAND}|(?:long|sixteen[-\s]digit|16[-\s]digit)\snumber|cards?
    )
  | (?P<national>
        (?:social(?:\ssecurity|\sinsurance)?|ssn|s\.s\.n|s\ss\sn|national\sinsurance|n\.?i\.?\s{_NO}|ni(?='s|\sis)
          |nino|tax(?:payer)?\s(?:id|identification|file)|itin|passport|(?:driv(?:er|ing)'?s?\s)?licen[cs]e
          |aadhaar|aadhar|nhs|ppsn?|n\si(?=\snumber)|alien(?=\snumber)|medicaid|s\.?i\.?n\.?(?=\s(?:{_NO}|is|it's|\d))|national\sid(?:entity)?
          |identity\scard|medicare|steuer\w*|permesso|codice\sfiscale|dni|curp|pesel
          |state\sid|military\sid|green\scard|visa\snumber)
        (?:\s(?:{_NO}|card))*
    )
  | (?P<pin>
        (?:(?:one|1)[-\s]?time|access|secret|verification|authori[sz]ation|sign\s?in|log\s?in|door
          |gate\saccess|six[-\s]digit|6[-\s]digit|four[-\s]digit|4[-\s]digit|unlock|security\spass)
          \s(?:\w+\s)?(?:codes?|pass\w*|pin|number)
      | pins?|pass\s?codes?|pass\s?words?|otp|telephone\sbanking\s\w+|memorable\s(?:number|date)
      | codes?\s(?:(?:that|which)\s)?(?:(?:you|they|i)\s)?(?:just\s|have\s)?
        (?:sent|texted|got|received|emailed|gave|set)(?:\s(?:me|you))?
      | (?:the|a|this|that|your|my|what(?:'s)?)\scodes?(?:'s|\sis|\sthat|\swe|\swas|\sto)?
      | codes?\s(?:is|says|reads)
      | (?:app|phone|fob|text|message|sms|token|authenticator)(?:'s|\sis)?
        \s(?:showing|says|said|reads)
      | texted\s(?:me|you)\sa\scode|(?:they|you)\s(?:just\s)?(?:sent|texted)(?:\sme)?
    )(?:\s{_NO})?
  | (?P<phone>
        (?:(?:tele)?phone|mobile|cell(?:\s?phone)?|landline|fax|callback|contact|work|home|office
          |best|daytime|evening|day)\s?(?:{_NO}|phone)
      | (?:tele)?phones?|mobile|cell(?:phone)?|landline|fax|area\scode|country\scode
      | (?:my|his|her|their|your|the|new|old|call(?:ing)?\s?back|whatsapp)\snumber(?:'s)?
      | call\s?back\s{_NO}|number\s(?:on\sthe\saccount|to\s(?:reach|call)|you)
      | ringing\sfrom|calling\sfrom|(?:reach|call)\syou\s(?:back\s)?(?:at|on)
    )
  | (?P<call>
        (?:call|reach|text|ring|dial|contact|phone)\s(?:me|you|him|her|them|back|it)
    )
  | (?P<birth>
        (?:date|year|month|day|place)\sof\sbirth|birth\s?(?:date|day)?s?(?:'s)?|birthday'?s?
      | born|d\.?o\.?b\.?(?:'s)?|d\so\sb|birthdate
    )
  | (?P<email> e[-\s]?mails?(?:\saddress\w*)?|(?:before|after)\sthe\s(?:at|dot)(?:\ssign)? )
  | (?P<post>
        (?:zip|postal|post|eir)[-\s]?codes?|zip|pincode
    )
  | (?P<number>
        (?:bank|checking|current|savings?|customer|client|member(?:ship)?|policy|loan|mortgage
          |account|acct\.?|acc|a/c|brokerage|investment|insured|subscriber|patient|student|employee
          |group|user|rewards?|loyalty|frequent\sflyer|medical\srecord|library\scard)
        (?:'s)?(?:\s(?:account|card|user|file|plan))?\s?{_NO}(?:\sid)?
      | iban|(?:sort|swift|bic)\scodes?|(?:routing|transit|aba)(?:'s)?(?:\scodes?|\s{_NO})?
      | (?:bank|checking|current|savings?|mortgage|loan)\saccount|customer\sreference
      | account\s(?:end\w*|with)\s?(?:in|with)?
      | member(?:ship)?\scard
    )
  | (?P<account> (?:account|acct|policy|loan|mortgage)(?:'s|s)? )
  | (?P<address>
        (?:mailing|billing|shipping|home|street|postal|delivery|full|current|new|old)?\s?address(?:'s)?
      | p\.?\s?o\.?\s?box|(?:house|street|flat|apartment)\s(?:name|number)
      | name\sof\s(?:the|your)\s(?:street|road)
      | (?:what|which)\s(?:street|road|town|flat|apartment|house)|(?:what\snumber|which)\shouse
      | (?:first|second|next|top)\sline(?:\sof)?(?=\s(?:the|your|my)|$)
      | where\s(?:should|can|do|shall|would|could)\s(?:we|i|they)\s(?:\w+\s)?
        (?:ship|send|deliver|mail)
    )
  | (?P<living>
        live[sd]?\s(?:at|on|in)|living\s(?:at|on|in)|moved\s(?:to|from)|ship(?:ped)?\s(?:it|that|them)?\s?to
      | deliver\w*\s(?:it\s)?to|send\s(?:it|that|them)\sto|mail(?:ed)?\s(?:it|that)\sto
      | stay(?:ing)?\sat|reside\w*\s(?:at|on)|located\sat
      | (?:i'm|we're|i\sam|we\sare)\sat
    )
  | (?P<name>
        (?:first|last|middle|maiden|full|family|given|sur|nick|legal|holder'?s?|your|my|his|her|the)
        \s?names?(?:'s)?|surname|speaking\swith|speaking\sto|who's\scalling|name
        |what\s(?:should|can|do|shall)\s(?:i|we|they)\scall\s(?:you|him|her)
        |who\s(?:am\si|do\si\shave|is\sthis|are\syou)
    )
  | (?P<part>
        (?:last|first|next|final|other|second|third|middle)\s
        (?:four|4|five|5|three|3|two|2|eight|8|six|6|group|bit|part|set|half|block|digits?|ones?)
        (?:\s(?:digits?|numbers?))?
      | end(?:s|ing)?\s(?:in|with)|ending|starts?\swith|begins?\swith
    )
    )(?!\w)""",
    re.VERBOSE,
)
