"""The turns of phrase by which English speakers say what they want and how it ended.

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
# They say in so many words that this is what the call is about.
EXPLICIT = _words(
    r"""
    (?:calling|ringing|phoning|called|rang|phoned|ring|call|here|writing|contacting\ you)
    \ (?:you\ |in\ |up\ )?(?:about|because|regarding|to|for|cause|cos|with|on\ behalf)
  | (?:it's|this\ is|it\ is|that's|is|was)\ (?:just\ |only\ |all\ )?(?:about|regarding|concerning)
  | (?:i|we)\ (?:just\ |really\ |only\ )?(?:want|wanted|need|wish|require)(?!\ you\ to\ know)
  | (?:i|we)(?:'d|\ would)\ (?:really\ |just\ )?(?:like|love|prefer|need)
  | (?:wondering|hoping|looking\ to|trying\ to|tried\ to|try\ to|supposed\ to|wanting\ to)
  | (?:if|whether|could|can|may)\ (?:i|we)\ (?:could|can|might|would|\w+)
  | (?:the|that's\ the|my|our)\ (?:problem|issue|trouble|thing|reason|question|matter)
  | what's\ happened | what\ happened | how\ do\ i | is\ it\ possible | i've\ got\ a | i\ got\ (?:a
    |an|this)
  | in\ (?:regards?|relation|respect)\ (?:to|of) | regarding | to\ do\ with
    """
)
# Signs of a matter, of whatever trade: that something is not as it should be.
AMISS = _words(
    r"""
    not|no|nothing|nobody|never|none|\w+n't|but|again|still|instead|twice|double|only|wrong\w*
      |mistake
  | leak\w*|stuck|crash\w*|drop\w*|fr[eo]ez\w*|frozen|froze|crack\w*|dead|delay\w*|late|refus\w*
  | reject\w*|declin\w*|block\w*|turned\ down|gone|disappear\w*|vanish\w*|smell\w*|nois\w*|flood\w*
  | mould|mold|damp|fell|hit|accident|smash\w*|bent|torn|ripped|tripled|doubled|overdue|expired
  | increas\w*|higher|went\ up|too\ (?:much|high|big|small|late|long)|threat\w*|fine|penalty|debt
  | chang\w*|reschedul\w*|postpon\w*|pause|hold|swap|transfer|switch|register|apply|report|claim
  | extend|book|order\w*|appointment|supposed|meant|should\ have|waiting|weeks|months|suddenly
    """
)
# They lead up to it.
PREAMBLE = _words(
    r"""
    (?:i'll|let\ me|to)\ be\ (?:straight|honest|frank) | before\ you\ start | i\ hope\ (?:i've|this
      |you)
  | been\ (?:with\ you|a\ (?:loyal\ )?customer|better|a\ member) | (?:awkward|funny|silly|odd|weird
    |quick
      |strange|daft|stupid)\ (?:one|question|thing) | right\ (?:department|place|person|number|team)
  | how\ are\ you | nice\ to\ | can\ you\ hear | bear\ with | hang\ on | hold\ on | one\ (?:sec
    |moment)
  | not\ happy | thank\ (?:you|god|goodness) | been\ (?:on\ hold|round|passed|waiting
    |trying\ to\ get
      |transferred|holding) | finally | real\ person | my\ (?:name|number|address|postcode
      |reference)
  | i'm\ (?:doing|not\ (?:being|sure\ if\ you)|a\ bit|so\ sorry|sorry)
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
  | (?:\w|double|triple|zero|oh|one|two|three|four|five|six|seven|eight|nine)
    (?:\W+(?:\w|double|triple|zero|oh|one|two|three|four|five|six|seven|eight|nine)(?!\w)){3,}
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

# The agent's side

HELP_OFFERED = _words(
    r"""
    (?:how|what)\ (?:can|may|could|might)\ (?:i|we)\ \w+ | what's\ this\ about
  | (?:how|what)\ (?:can|may)\ (?:i|we)\ be\ of
  | what\ (?:seems\ to\ be|is|'s)\ the\ (?:problem|issue|reason|matter)
  | what(?:'s|\ is|\ has)\ (?:going\ on|happening|wrong|happened|gone\ (?:on|wrong)|up|brought)
  | tell\ me\ (?:what|about\ it|more) | is\ everything\ (?:okay|ok|alright|all\ right)
  | what\ (?:are\ you|would\ you\ be)\ (?:calling|ringing|looking) | what\ brings
    | reason\ for\ (?:your|the)\ call
    """
)
THANKED = _words(
    r"""
    thanks?(?!\ (?:for\ (?:listening|nothing)|anyway))(?!.*\banyway)|cheers|ta|bless\ you|lifesaver
  | good\ (?:lad|girl|man)|much\ appreciated|grateful|awesome|sweet|great|lovely|smashing|super
  | brill|magic|legend|star|sound|relief|grand
    """
)
# A matter that others have to go on with.
OPEN = _words(
    r"""
    trac(?:e|ing)|investigat\w*|appeal\w*|disput\w*|complaint|surveyor|can(?:'t|not)\ promise
  | no\ guarantee|turned\ down|declined|rejected|refused|look(?:ing)?\ into|out\ of\ stock|outage
  | back\ ?order\w*|on\ our\ (?:side|end)|engineers|escalat\w*|under\ review|looking\ at\ it
    |not\ able
  | decided|decision|petition|challenge\ it|pending|adjudicat\w*|override|(?:i
    |we)\ can't\ \w+\ (?:it|that)
  | won't\ be\ able|nothing\ (?:i|we)\ can|as\ soon\ as\ (?:we|they)\ (?:know|hear)|still\ waiting
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
