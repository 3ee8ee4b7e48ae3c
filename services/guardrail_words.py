"""The words that guardrails know: what promises, what instructs, and those of languages.

Compared with folded text: no case, one form of every sign.
"""

import re

# Somebody tells a model what to do, or a model tells what it was told.
INSTRUCTS = re.compile(
    r"""(?<!\w)(?:
    (?:ignor(?:e|ing)|disregard(?:ing)?|forget(?:ting)?|overrid(?:e|ing)|bypass(?:ing)?|skip)
        \s(?:\w+\s){0,4}?
        (?:instruct\w+|rules?|prompts?|guidelines?|guard\s?rails?|directives?|system\smessages?
          |safety\s\w+|restrictions?|(?:previous|prior|earlier)\s(?:text|messages?|context|commands?)
          |everything\s(?:above|before|you\swere\stold)|(?:what|all)\syou\swere\stold)
  | (?:system|hidden|initial|original|developer)\s(?:prompt|instructions?|message)
  | (?:reveal|print|repeat|show|output|tell\sme|recite)\s(?:\w+\s){0,3}?
        (?:your|the)\s(?:\w+\s)?(?:prompt|instructions)
  | (?:you\sare|you're|act\sas|behave\sas|pretend\s(?:to\sbe|you\sare|you're)|from\snow\son)
        \s(?:\w+\s){0,4}?(?:language\smodel|an?\sai|ai\sassistant|assistant|chat\s?bot|dan
          |unrestricted|jailbroken|in\sdeveloper\smode)
  | new\s(?:instructions?|rules?|task|directive)s?\s?(?::|are|is|follow)
  | (?:enable|enter|activate)\s(?:developer|debug|god|admin|jailbreak)\smode
  | (?:respond|reply|answer)\sonly\swith
  | do\snot\s(?:follow|obey)\s(?:\w+\s){0,3}?(?:instructions?|rules?|guidelines?)
    )(?!\w)""",
    re.VERBOSE,
)
# A model that speaks of itself has left the conversation.
OF_ITSELF = re.compile(
    r"""(?<!\w)(?:
    as\san?\s(?:ai|artificial|(?:large\s)?language\smodel|assistant\sai|chat\s?bot)
  | i(?:'m|\sam)\s(?:just\s)?an?\s(?:ai|(?:large\s)?language\smodel|virtual\sassistant|chat\s?bot)
  | (?:my|the)\s(?:training\sdata|knowledge\scut-?off|system\sprompt|instructions\s(?:say|are|were))
  | i\s(?:was|have\sbeen|am)\s(?:told|instructed|programmed|asked)\s(?:not\s)?to
  | i\s(?:can't|cannot|can\snot|won't)\s(?:comply|help\swith\sthat\srequest|fulfil\w*\s\w+\srequest)
    )(?!\w)""",
    re.VERBOSE,
)
# Signs by which chat templates tell who speaks; in data they are no such thing.
TEMPLATE_SIGNS = re.compile(
    r"<\|[^|<>\n]{0,40}\|>|\[/?(?:INST|SYS|SYSTEM|TOOL_CALLS)\]|<</?SYS>>|</?s>"
    r"|<(?:start|end)_of_turn>"
    r"|^[^\S\n]*#{2,}[^\S\n]*(?:system|instruction|assistant|user|response)\b:?"
    r"|^[^\S\n]*(?:system|assistant|developer)[^\S\n]*:",
    re.IGNORECASE | re.MULTILINE,
)
MARKUP = re.compile(r"</?[a-z][a-z0-9-]*(?:\s[^<>]*)?/?>|```|!\[[^\]]*\]\(", re.IGNORECASE)

# What binds a company, each with the words by which a source would bind it too.
_MAY_GET = (
    r"(?:will|be|get|receive|apply|applied|entitled\sto|issue[ds]?|offer\w*|give\w*)\s"
    r"(?:\w+\s){0,3}?"
)
_NO_COST = r"no\s(?:extra\s|additional\s)?(?:cost|charge)"
PROMISES: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = tuple(
    (re.compile(rf"(?<!\w)(?:{claim})"), re.compile(rf"(?<!\w)(?:{support})"))
    for claim, support in (
        (
            r"guarantee\w*|(?:we|i)\spromise|promise\syou|will\snever\shappen\sagain",
            r"guarantee|promis|will\snever",
        ),
        (rf"{_MAY_GET}(?:refund|reimburse|money\sback)", r"refund|reimburs|money\sback"),
        (
            rf"{_MAY_GET}(?:credit(?:ed)?\b(?!\scard)|compensat|discount|voucher|gift)",
            r"credit|compensat|discount|voucher|gift|goodwill",
        ),
        (
            rf"waive|free\sof\scharge|at\s{_NO_COST}|for\sfree|complimentary",
            rf"waiv|free|{_NO_COST}|without\s(?:cost|charge)|complimentary",
        ),
        (
            r"(?:is|are|been|be|you're|pre-?)\s?(?:fully\s)?(?:approved|eligible|covered)",
            r"approv|eligib|qualif|cover",
        ),
    )
)

LINK = re.compile(
    r"(?:https?://|www\.)[^\s<>()\"']+"
    r"|(?<![\w@.-])(?:[a-z0-9-]+\.)+(?:com|org|net|gov|edu|io|co|uk|us|de|eu|info|biz|app|ai)"
    r"(?:\.[a-z]{2})?(?![\w-])(?:/[^\s<>()\"']*)?"
)
# From where a run of such signs begins: from each of them on would take time by its square.
EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")

_FROM_THIRD = (
    "third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
)
ORDINALS = {word: str(number) for number, word in enumerate(_FROM_THIRD.split(), start=3)} | {
    "thirtieth": "30", "first": "1", "second": "2", "half": "30", "quarter": "15", "dozen": "12",
}  # fmt: skip

# The commonest words of languages, which no text of a few sentences does without.
COMMON: dict[str, frozenset[str]] = {
    language: frozenset(words.split())
    for language, words in (
        ("en", (
         "the and to of a is in you that it for on with are this be your have will not "
         "as or from can we they was has their if there what but at i"
         )),
        ("es", (
         "el la de que y en los se del las un por con no una su para es al lo como más "
         "pero sus le ya o este sí porque esta usted está tiene puede"
         )),
        ("fr", (
         "le la de et les des en un du une que est pour qui dans par plus pas au sur ne "
         "se ce il sont vous nous avec cette votre je être peut"
         )),
        ("de", (
         "der die und den von zu das mit sich des auf für ist im dem nicht ein eine als "
         "auch es an werden aus er hat dass sie nach wird bei ich wir sind kann"
         )),
        ("it", (
         "il di che e la in un è per una non sono da con si le dei del al come più lo "
         "anche della ma gli alla nel suo questo può"
         )),
        ("pt", (
         "o a de que e do da em um para é com não uma os no se na por mais as dos como "
         "mas foi ao ele das tem seu sua ou você está pode"
         )),
        ("nl", (
         "de het een en van in is dat op te zijn met voor niet aan er om ook als maar "
         "bij uw u kan naar door deze wordt worden heeft"
         )),
    )
}  # fmt: skip
LATIN = frozenset({*COMMON, "pl", "sv", "da", "no", "fi", "cs", "tr", "ro", "hu", "id", "vi"})
