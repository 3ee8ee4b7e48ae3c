"""The turns of phrase by which English speakers say what they want, did, promise and conclude.

Matched against cleaned clauses, whatever their case. In another language none of it matches, and
the summary says less: first wants, amounts, and what a model makes of it.
"""

import re


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w'])(?:{pattern})(?![\w'])", re.IGNORECASE | re.VERBOSE)


# The customer's side

NEED = _words(
    r"""
    (?:i|we)(?:'d|\ would)\ (?:really\ )?(?:like|love|prefer)
  | (?:i|we)(?:'m|\ am|'re|\ are|\ was|\ were)?\ (?:just\ )?
    (?:call(?:ing|ed)|phon(?:ing|ed)|ring(?:ing)?|try(?:ing)?|tried|hoping|looking|wondering
      |need(?:ing|ed)?|want(?:ing|ed)?|require|having|unable|locked|missing|expecting)
  | (?:can't|cannot|won't|keeps?|kept)\ \w+
  | (?:i|we)\ (?:can't|cannot|can\ not|couldn't|don't|didn't|haven't|still\ (?:haven't|don't)
      |have\ (?:some|this|been)|had|got|received|lost|bought|ordered|paid|noticed|moved
      |never|keep|saw|booked|forgot|see)
  | (?:i've|we've)\ (?:got|been|had|lost|noticed|just|received|moved|ordered|paid|bought|tried)
  | (?:can|could|would|will)\ (?:you|i|we|somebody|someone)
  | how\ (?:do|can|much|long|would|come)
  | why\ (?:is|was|did|do|am|are|has|have|does)
  | is\ there\ (?:a|any)\ (?:way|chance)
  | (?:problem|trouble|issue|question|complaint|query|enquiry|inquiry|difficulty)s?
  | (?:doesn't|does\ not|isn't|is\ not|won't|not|stopped|hasn't|never|aren't|wasn't)
    \ (?:work\w*|turn\w*|load\w*|arriv\w*|connect\w*|start\w*|respond\w*|charg\w*|here|come|show\w*)
  | still\ (?:not|no|nothing|waiting|haven't|hasn't)
  | broke(?:n|\ down)?|damaged|wrong|missing|overcharged|charged\ (?:me|us|twice)|stolen|faulty|down
  | cancel\w*|refund\w*|upgrade|dispute|complain|renew|reset|replace\w*|return
    """
)
# The part of a longer clause that says what is the matter.
TROUBLE = _words(
    r"""
    charged|cancel\w*|refund\w*|upgrad\w*|dispute|complain\w*|renew\w*|reset|replac\w*|return\w*
  | broke\w*|damaged|wrong|missing|lost|stolen|faulty|locked|fail\w*|error|never|stopped
  | can't|cannot|couldn't|doesn't|isn't|didn't|hasn't|won't|haven't|unable|expir\w*|close
  | want\w*|would\ like|i'd\ like|need\w*|how\ (?:do|can|much|long)|moving
    """
)
# They open a conversation and say nothing of what it is about.
EMPTY_NEED = _words(
    r"""
    (?:i|we)\ have\ (?:a|one|another)\ (?:quick\ |small\ )?(?:question|problem|issue)s?\W*$
  | (?:can|could|would)\ (?:you|somebody|someone)\ (?:please\ )?help\ (?:me|us)
    (?:\ (?:out|please|with\ (?:this|that|something)))*\W*$
  | (?:can|could)\ you\ hear\ me
  | how\ are\ you | how(?:'s|\ is)\ it\ going
  | (?:my|the)\ (?:full\ |last\ |first\ )?name(?:'s|\ is) | this\ is\ \w+(?:\ \w+)?\W*$
  | speaking\W*$ | good\ (?:morning|afternoon|evening)\W*$
  | (?:my|the)\ (?:account|phone|reference|order|policy|post|zip)\ ?(?:code|number)\ is
  | (?:i'm|i\ am)\ (?:fine|good|well|okay)
    """
)
PLEASED = _words(
    r"""
    (?:that's|that\ is|it's|this\ is)\ (?:all\ )?(?:great|perfect|wonderful|brilliant|fantastic
      |excellent|good|fine|fixed|sorted|solved|working|resolved|amazing|lovely|all\ i\ needed)
  | (?:that|it|this)\ (?:works|worked|helps|helped|did\ it|solves\ it|sounds\ (?:good|great|fine))
  | (?:it's|it\ is|they're|we're|i'm)\ (?:working|back|online|connected|in)\ (?:now|again)
  | (?:working|works|fixed|sorted)\ (?:now|again)
  | perfect|wonderful|brilliant|fantastic|excellent
  | (?:happy|satisfied|glad)\ with
  | appreciate\ (?:it|that|your\ help)
  | you've\ been\ (?:very\ |so\ |really\ )?helpful
  | thank\ you\ (?:so|very)\ much
    """
)
DISPLEASED = _words(
    r"""
    still\ (?:not|doesn't|isn't|won't|don't|can't|nothing|waiting|down|broken)
  | (?:that|it|this)\ (?:didn't|doesn't|does\ not|did\ not)\ (?:work|help|solve)
  | not\ (?:happy|good\ enough|acceptable|satisfied|helpful|what\ i\ wanted)
  | unacceptable|ridiculous|disappointed|frustrat\w+|waste\ of\ (?:my\ )?time|fed\ up
  | (?:call|try|ring)\ (?:back|again)\ later
    """
)
HIGHER = _words(
    r"""
    (?:speak|talk|put\ me\ through|connect\ me|transfer\ me|escalate)
    \ (?:this\ )?(?:to|with)\ (?:(?:a|your|the|an)\ )?
    (?:manager|supervisor|superior|boss|complaints?\ \w+|someone\ (?:else|higher)|team\ lead\w*)
  | (?:make|file|raise|lodge|open)\ (?:a|an|this\ as\ a)\ (?:formal\ |official\ )?complaint
  | lawyer|solicitor|ombudsman|legal\ action|regulator|small\ claims|trading\ standards
    """
)

# The agent's side

HELP_OFFERED = _words(
    r"""
    (?:how|what)\ (?:can|may|could)\ (?:i|we)\ (?:help|do|assist)
  | (?:how|what)\ (?:can|may)\ (?:i|we)\ be\ of
  | what\ (?:seems\ to\ be|is|'s)\ the\ (?:problem|issue|reason|matter)
  | what(?:'s|\ is)\ (?:going\ on|happening|wrong) | reason\ for\ (?:your|the)\ call
    """
)
_ADVERBS = r"(?:(?:just|now|already|also|gone\ ahead\ and|successfully|then|actually)\ )*"
# What was finished on the call. Perceiving and possessing are no deeds.
_NO_DEEDS = (
    r"(?!(?:need|proceed|had|been|seen|heard|understood|wanted|needed|liked|thought|noticed|got"
    r"|looked|asked|said|told|known|worked|a|an|the|no|any|to|your)(?!\w))"
)
DONE = _words(
    rf"""
    (?:i've|i\ have|we've|we\ have|i)\ {_ADVERBS}{_NO_DEEDS}
    (?:\w{{2,}}ed|made|sent|put|set|given|taken|written|found|run|reset|gone|done|cut|paid|built
      |brought|begun|spoken|left|let|held|kept|split|undone)(?!\ (?:a\ look|you\ on\ hold|about))
  | (?:that|it|this|your\ \w+(?:\ \w+)?)\ (?:is\ now|has\ (?:now\ )?been|have\ been|is\ all)
    \ \w{{2,}}(?:ed|en|set|sent|made|done|in\ place)
    """
)
# What is only about the conversation itself: nobody owes it afterwards.
SMALL = _words(
    r"""
    (?:i'll|i\ will|let\ me|i'm\ going\ to|we'll|i\ can)\ (?:just\ |quickly\ )?
    (?:see|check|look|have\ a\ (?:quick\ )?look|take\ a\ (?:quick\ )?look|be\ (?:right|with)
      |need\ (?:your|to)|ask|explain|bring\ up|pull\ up|find\ out|be\ happy|be\ glad|help
      |put\ you\ on|place\ you|do\ my\ best|try|get\ (?:that|this)\ (?:up|open)|read
      |confirm\ (?:that|your)
      |verify|take\ you\ through|walk\ you|stay|wait|let\ you\ (?:go|know\ in\ a))
    """
)
WILL = _words(
    r"""
    (?:i'll|we'll|i\ will|we\ will|i'm\ going\ to|we're\ going\ to|i\ am\ going\ to
      |we\ are\ going\ to)
  | (?:someone|somebody|they|(?:a|an|our|the|my|your|his|her)\ \w+(?:\ \w+){0,2})
    (?:\ will|'ll|\ is\ going\ to|\ are\ going\ to|\ should)
  | (?:you'll|you\ will|you\ should|you\ can\ expect\ to)\ (?:also\ )?(?:get|receive|see|have|hear)
  | (?:it|that|this|your\ \w+(?:\ \w+)?|it'll)\ (?:will\ |should\ )?(?:be|arrive|come|go|show
    |appear)
    """
)
# Deeds that come after the call, and so are owed.
LATER = _words(
    r"""
    send\w*|write|e-?mail\w*|mail\w*|post|text|call\w*|phone|ring|contact|reach\ out|get\ back
      |follow\ up
  | arriv\w*|deliver\w*|ship\w*|dispatch\w*|visit|come\ (?:out|round|by)|receive|credit\w*|refund\w*
  | transfer\w*|escalat\w*|schedul\w*|book\w*|arrang\w*|process\w*|appear|see|hear|be\ in\ touch
  | forward|issue|pay|replace|collect|repair|review|investigat\w*|let\ you\ know|update
    """
)
OWED_BY_CUSTOMER = _words(
    r"""
    (?:you'll|you\ will|you|you\ would|you'd|you\ may)\ (?:just\ |also\ |still\ |then\ )?
    (?:need|have|want)\ to
    (?!\ (?:give|tell|confirm|hold|wait|speak|repeat|spell|know|worry|read|say))
    """
)
ASKED_OF_CUSTOMER = _words(
    r"""
    please\ (?!tell|give|hold|wait|confirm|stay|bear|speak|go|repeat|spell|hang|let|say|don't)\w+
  | (?:could|can|would)\ you\ (?:please\ )?(?:send|upload|email|return|fill|sign|bring|post|let\ us)
    """
)
CUSTOMER_WILL = _words(
    r"""
    (?:i'll|i\ will|we'll|we\ will|i'm\ going\ to)\ (?:just\ |then\ )?
    (?:send|call|email|e-mail|mail|upload|pay|return|bring|post|check|try|get\ back|fill|sign|talk
      |think|ring|write|drop|transfer|come|let\ you|order|book|cancel)
    """
)
CONCLUDED = _words(
    r"""
    (?:all|everything(?:'s|\ is)?)\ (?:set|sorted|done|taken\ care\ of|resolved|up\ to\ date|fixed)
  | (?:has\ been|is|have\ been|got|it's|that's)\ (?:now\ )?
    (?:resolved|fixed|sorted|restored|taken\ care\ of|solved|back\ up)
    """
)
REFUSED = _words(
    r"""
    (?:unfortunately|i'm\ afraid|sorry)\W.*(?:can't|cannot|can\ not|not\ able|unable|won't|isn't
      |not\ possible|no\ )
  | (?:we|i)(?:'re|'m|\ are|\ am)?\ (?:not\ able|unable)\ to | (?:it's|that's|is)\ not\ possible
    """
)
HANDED_ON = _words(
    r"""
    (?:transfer|pass|put|connect|escalat)\w*\ (?:you|this|it|your\ \w+|the\ \w+)(?:\ (?:over
      |through|on))?
    \ (?:to|with)
  | escalated?\ (?:this|it|your\ \w+|the\ \w+)
    """
)

# Either side

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
    r"|(?:next|this|last)\ (?:week|month|year|(?:mon|tues|wednes|thurs|fri|satur|sun)day)"
    r"|the\ end\ of\ (?:the|this|next)\ (?:day|week|month|year))"
)
_ORDINAL = (
    r"(?:\d{1,2}(?:st|nd|rd|th)|(?:twenty|thirty)[-\ ]\w+(?:st|nd|rd|th)|\w+teenth|first|second"
    r"|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|twentieth|thirtieth)"
)
_CALENDAR = (
    rf"(?:the\ )?{_ORDINAL}(?:\ of)?\ (?:{_MONTHS})(?:\ \d{{4}})?"
    rf"|(?:{_MONTHS})\ (?:the\ )?(?:{_ORDINAL}|\d{{1,2}})(?:,?\ \d{{4}})?"
    rf"|\d{{1,2}}/\d{{1,2}}(?:/\d{{2,4}})?|\d{{1,2}}\.\d{{1,2}}\.\d{{2,4}}|\d{{4}}-\d{{2}}-\d{{2}}"
    rf"|the\ {_ORDINAL}(?!\ (?:time|one|step|place|floor|line|thing|option|party))"
)
WHEN = _words(rf"{_CALENDAR}|{_DAY}")
DUE = _words(
    rf"""
    (?:within|in|after|for)\ (?:the\ next\ )?(?:about\ |around\ )?{_NUMBER}
      (?:\ (?:to|or|and)\ {_NUMBER})?\ {_UNIT}(?!\ ago)
  | {_NUMBER}\ (?:to|or)\ {_NUMBER}\ {_UNIT}
  | (?:by|on|before|until|from|no\ later\ than|at)?\ ?(?:{_CALENDAR}|{_DAY})
      (?:\ (?:at|by|before|between)\ [\w:]+(?:\ (?:am|pm|o'clock))?)?
  | (?:later|shortly|straight\ away|right\ away|immediately|overnight)
    """
)
_SUM_WORD = (
    r"(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen"
    r"|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty"
    r"|ninety|hundred|thousand|a\ hundred|a\ thousand)"
)
_SUM = rf"(?:\d[\d,]*(?:\.\d+)?|{_SUM_WORD}(?:[-\ ](?:and\ )?{_SUM_WORD})*)"
_COIN = r"(?:dollars?|bucks|pounds?|euros?|cents?|pence|quid|rupees|francs|usd|eur|gbp)"
AMOUNT = re.compile(
    rf"[$£€₹]\s?\d[\d,]*(?:\.\d+)?(?!\d)|(?<![\w.])\d[\d,]*(?:\.\d+)?\s?[€£%]"
    rf"|(?<![\w'])(?:{_SUM}\ {_COIN}(?:\ (?:and\ )?{_SUM}(?:\ {_COIN})?)?"
    rf"|{_SUM}\ per\ ?cent)(?![\w'])",
    re.IGNORECASE | re.VERBOSE,
)
