"""Words behind which somebody's name is to be expected, and words that follow one."""

import re

# How sure it is that a name follows.
SURE, TALKED, LIKELY, LISTED = 4, 3, 2, 1

_NAME = (
    r"(?:(?:first|last|middle|maiden|full|family|given|legal|whole|real|sur|nick|holder'?s?)\s?)*"
    r"(?:sur)?names?"
)
_COPULA = (
    r"(?:\s(?:is|was|would\sbe|are|it's|its|that's|under|on\s(?:it|the\s\w+|my\s\w+)\sis|of"
    r"|again\sis|there\sis))"
)
_KIN = (
    r"(?:husband|wife|son|daughter|mother|mom|mum|father|dad|brother|sister|partner|boss|manager"
    r"|friend|roommate|flatmate|landlord|landlady|neighbou?r|aunt|uncle|grand\w+|fianc\w+|spouse"
    r"|girlfriend|boyfriend|nephew|niece|cousin|colleague|assistant|carer|kid|boy|girl|twin|ex)"
)
_STAFF = (
    r"(?:agent|technician|tech|rep|representative|supervisor|adviser|advisor|engineer|lady|guy|man"
    r"|woman|gentleman|person|fella|bloke|someone|somebody|teller|clerk|driver|installer"
    r"|doctor|nurse|teacher|lawyer|accountant)"
)
# A name right behind these, strongest first.
NAME_CUES: tuple[tuple[int, re.Pattern[str]], ...] = tuple(
    (strength, re.compile(rf"(?<!\S)(?:{pattern})(?!\S)"))
    for strength, pattern in (
        (
            SURE,
            (
                rf"{_NAME}(?:'s)?{_COPULA}|name's|names\sare|mr|mrs|ms|mx|miss|mister|missus|missis"
                r"|dr|sir|call\sme|goes\sby|attention\sof|fao|addressed\sto"
                r"|(?:made?|make|making)\s(?:it\s)?(?:out|payable)\sto|in\scare\sof"
                r"|in\sthe\sname(?:s)?\sof|late|(?:policy\s?holder|next\sof\skin|emergency\scontact"
                r"|authori[sz]ed\sperson|card\s?holder|account\sholder)(?:'s|\sis)?(?:\smy\s\w+)?|(?:someone|somebody|guy|lady|agent|man|woman|rep|person"
                r"|tech|one)\s(?:called|named)|under\s(?:the\sname(?:\sof)?|my\s\w+(?:'s)?\sname(?:\sthat's)?)"
                rf"|{_NAME}\s(?:so\sit's|yeah\sit's)|spelled|{_KIN}'s\sname(?:\sis|\sthat's)?"
                r"|first(?=\s\w+\s(?:and\s)?last\s)|account\sholder(?:\sis)?|card\s?holder(?:\sis)?|beneficiary(?:\sis)?"
                r"|authori[sz]ed\suser(?:\sis)?"
            ),
        ),
        (
            TALKED,
            (
                r"(?:spoke|spoken|speak|speaking|talk|talked|talking|chatted|chatting|dealt|dealing)"
                r"\s(?:with|to)(?:\s(?:a|an|one))?|ask(?:ed)?\sfor"
                rf"|(?:my|his|her|our|your|their|the)\s{_KIN}(?:\s(?:is|was))?"
                rf"|{_STAFF}(?:\s(?:is|was))?"
                rf"|(?:it's|is|be|put\s(?:it|that|them)|listed|registered|booked|account)\sunder|{_NAME}"
                r"|first\s\w+\s(?:and\s)?last|call\syou|through\sto|registered\sto|signed\s(?:for\s)?by|professor|prof|reverend|sergeant|captain"
                r"|(?:add|remove|take|tell|ask|remind)|me\sand|is\sthat|leave\sit\swith|behalf\sof(?:\sthe)?"
            ),
        ),
        (
            LIKELY,
            (
                r"this\sis|i'm|i\sam|it's|its|that's|it\sis"
                r"|you're\sspeaking\s(?:with|to)|you've\s(?:got|reached)|you\shave"
                r"|could|can|would|have|let|get|sent\sby|message\s(?:for|from|to)|regards\sto"
            ),
        ),
        (
            LISTED,
            (
                r"hi|hello|hey|(?:so|very)\smuch|thanks|thank\syou|okay|ok|alright|all\sright|sorry|bye|goodbye|morning"
                r"|afternoon|evening|dear|cheers|yes|yeah|no|well|sure|so|great|perfect|right|and|or"
                r"|lovely|brilliant|awesome|goodnight|welcome|appreciate\sit|see|ya|um|uh|hiya|ta|sir"
                r"|for|to|with|from|by|under|good|fine|oh|ah|listen|look|please|where's|when|did"
                r"|does|if|tell|told|that|because"
            ),
        ),
    )
)
# So goes on who has just said a name.
BEHIND = re.compile(
    r"(?:speaking|calling|here|again|from\s(?:accounts|billing|support|the\s\w+)"
    r"|in\s(?:billing|accounts|support|sales|collections|claims|retention|tech\w*|customer\w*)"
    r"|at\s(?:the\s)?(?:front|desk|branch)|yesterday|today|earlier|by\sthe\sway|(?:ring|call|phone|text|email|contact)\sme|last\s\w+|on\s\w+day|with\san?\s[a-z](?!\S)|my|i|i'm|and\si(?:'m|'ll|'ve)?)(?!\S)"
)
KIN = re.compile(_KIN)
