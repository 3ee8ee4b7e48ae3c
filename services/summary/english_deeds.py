"""The turns of phrase by which English speakers say what was done, is owed and was handed on.

Matched against cleaned clauses and pieces of them, whatever their case. In another language none
of it matches.
"""

import re


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w'])(?:{pattern})(?![\w'])", re.IGNORECASE | re.VERBOSE)


# What was done

_ADVERBS = (
    r"(?:(?:just|now|already|also|successfully|then|actually|all|both|only|gone|went|go|ahead|and"
    r"|been|quickly|manually|personally|today|since|literally|even)\ )*"
)
# Perceiving, possessing and talking are no deeds.
_NO_DEEDS = (
    r"(?!(?:need|proceed|had|been|seen|heard|understood|wanted|needed|liked|thought|noticed|got"
    r"|looked|asked(?!\ (?:the|them|him|her|our|my|for))|said|told|known|worked|agreed|assumed"
    r"|called|received|checked|tried|lived"
    r"|loved|hoped|meant|used|wished|happened|mentioned|figured|appreciated|wondered|guessed"
    r"|forgotten|believed|enjoyed|expected|feed|speed|indeed|a|an|the|no|any|to"
    r"|your)(?!\w))"
)
_IRREGULAR = (
    r"made|sent|put|set|given|taken|written|found|run|reset|gone|done|redone|cut|paid|built"
    r"|brought|begun|spoken|left|let|held|kept|split|undone|resent|rerun|thrown|rung|withdrawn"
    r"|frozen|chosen|bought|sold|lent|spread|moved|overridden|rebuilt|drawn|stuck|shut|rebound"
    r"|driven|shown|split|borne"
)
_PAST = rf"(?:(?:re-)?\w{{2,}}ed|(?:re-)?(?:{_IRREGULAR}))"
_SIMPLE_PAST = r"(?:gave|took|wrote|ran|threw|spoke|rang|froze|got\ (?:you|it|that|them)\ \w+)"
# What a clerk brings about, so that being so means that it was done.
_SETTLED = (
    r"(?:cancell?ed|booked|rebooked|confirmed|processed|refunded|corrected|updated|changed|removed"
    r"|added|reissued|issued|reset|restored|activated|deactivated|reactivated|blocked|unblocked"
    r"|unlocked|locked\ down|authori[sz]ed|approved|sorted|settled|scheduled|rescheduled|registered"
    r"|submitted|lodged|logged|waived|credited|extended|renewed|transferred|applied|amended|fixed"
    r"|arranged|reserved|closed|reopened|frozen|unfrozen|paused|stopped|switched|moved|done|sent"
    r"|emailed|dispatched|noted|reversed|resolved|upgraded|downgraded|swapped|linked|unlinked"
    r"|cleared|released|enrolled|verified|backdated|ordered|reordered|replaced|saved|set"
    r"|in\ place|(?:gone|going|been\ put)\ (?:through|on|off|in|out|across)|live\ now|taken\ off)"
)
_NOT_DOING = (
    r"(?!(?:going|looking|checking|seeing|calling|ringing|phoning|trying|getting|asking|wondering"
    r"|hoping|waiting|thinking|talking|speaking|having|showing|hearing|reading|pulling|bringing"
    r"|sitting|standing|working|being|telling|saying|guessing|feeling|wanting|needing|assuming"
    r"|searching|finding|loading|typing|scrolling|listening|assisting|helping|using|wishing"
    r"|coming|leaving|expecting|running\ late|thing|bring|missing|kidding|joking)(?!\w))"
)
_IT = r"(?:you|it|that|this|them|him|her|both|everything|(?:the|your|a|an|his|her|their)\ [\w'-]+)"
_TOLD_AS_DONE = _words(
    rf"""
    (?:i've|i\ have|we've|we\ have|i|we)\ {_ADVERBS}{_NO_DEEDS}{_PAST}
      (?!\ (?:a\ look|you\ on\ hold|about))
  | (?:i|we)\ {_ADVERBS}{_SIMPLE_PAST}(?!\ (?:a\ look|about))
  | (?:i've|i\ have|we've|we\ have)\ (?:got\ )?{_IT}(?:\ [\w'-]+){{0,2}}
    \ (?:{_SETTLED}|(?:on|off|in|up|down|set|ready|through)
      (?=\W*$|\ (?:for|from|now|there|here|as|until|under|at|today|already)(?!\w)))
  | (?:i've|i\ have|i|we've|we)\ (?:managed|was\ able|were\ able|have\ been\ able|been\ able)
    \ to\ (?!see|find|hear|speak)\w+
  | (?:i'm|i\ am|we're|we\ are)\ {_ADVERBS}(?:after\ )?{_NOT_DOING}\w{{2,}}ing(?!\ (?:to|at)(?!\w))
  | (?:i've|i\ have|i|we've|we)\ (?:had|got)\ {_IT}\ {_PAST}
  | (?:i'm|i\ am|we're|we\ are)\ after\ \w+ing
  | (?!(?:what|how|who|why|where|when|which|you|i|we|they|he|she)(?:'|\ ))[\w-]+(?:'s|\ is|\ are
    |'re|\ has|\ have|'ve)\ (?:(?:all|now|already|been|both
    |just|also|fully|successfully)\ )*{_SETTLED}(?!\ (?:to|by\ the|on\ (?:sun|satur|mon|bank)))
  | (?:that|it|this|your\ \w+(?:\ \w+)?)\ (?:is\ now|has\ (?:now\ )?been|have\ been|is\ all)
    \ \w{{2,}}(?:ed|en|set|sent|made|done|in\ place)
  | that's\ (?:(?:all|now|it|been|you|them|him|her|both|gone|the\ \w+|your\ \w+)\ )*
    (?:done|off|on\ (?:there|the|your|from)|in\ for|through|live|active|switched|signed|set|up\ and
      |{_SETTLED})
  | (?:[\w-]+'s|it\ is)\ (?:all|now)\ (?:in|on|off|through|active|live)(?!\ (?:the|a)(?!\w))
  | (?:you've|you\ have)\ (?:(?:now|all|already|just)\ )*been\ (?!charged|billed|told
    |waiting){_PAST}
  | (?:let\ me\ )?(?:got|have)\ (?:you|that|it)\ (?:all\ |now\ )?(?:booked|down\ (?:for|as)|in\ for
    |scheduled|set\ up|signed\ up|registered)
  | you're\ (?:(?:all|now|both|back)\ )*(?:in\ (?:for|at)|booked|set\ (?:up|for|on)|enrolled
    |registered|confirmed
    |signed\ up|checked\ in|down\ (?:for|as)|on\ the\ (?:new|list|other)|covered\ from|moved)
    """
)
# Nobody named, and the deed first: "refunded the rest".
_LEADS = r"(?:(?:and|so|then|okay|ok|now|right|just|already|there|all|yep|yes|no)\W+)*"
DONE = re.compile(
    rf"{_TOLD_AS_DONE.pattern} | ^{_LEADS}{_NO_DEEDS}{_PAST}\ (?:{_IT}|all|off|in|out|for)(?!\w)",
    re.IGNORECASE | re.VERBOSE,
)
# What comes after such a word has not happened.
SUPPOSED = _words(
    r"why|how|if|once|when|whenever|until|unless|whether|till|before|as\ soon\ as|not|never"
)

# What is to come

# What is only about the conversation itself: nobody owes it afterwards.
SMALL = _words(
    r"""
    (?:i'll|i\ will|let\ me|i'm\ going\ to|i'm\ gonna|we'll|i\ can)\ (?:just\ |quickly\ |now\ )?
    (?:see|check|look|have\ a\ (?:quick\ )?look|take\ a\ (?:quick\ )?look|be\ (?:right|with|honest
      |straight|one|two|a)|need\ (?:your|to)|ask\ you|explain|bring\ up|pull\ up|find\ out|be\ happy
      |be\ glad|help|put\ you\ on\ hold|place\ you|do\ my\ best|try|get\ (?:that|this)\ (?:up|open)
      |read|confirm\ (?:that|your)|verify|take\ you\ through|walk\ you|stay\ on\ the|wait|say|tell
      |let\ you\ (?:go|know\ in\ a)|just\ need|go\ through|admit|hold)
  | (?:that|it|this|everything|you|they|we)(?:'ll|\ will)\ (?:just\ )?be
    \ (?:fine|okay|ok|good|alright|all|great|perfect|grand|lovely)
  | (?:that|it)'ll\ be\ (?:it|that|why|because|him|her|the\ reason) | \w+'ll\ have\ \w+ed
  | you(?:'ll|\ will)\ (?:see\ (?:it|a|the)\ (?:says|little)|find\ (?:it|that)\ (?:on|at|under)
    |know)
  | (?:i|we|they|it|you|that)\ (?:won't|will\ not)\ (?:lie|keep\ you)
    """
)
_ON_THE_CALL = (
    r"(?:cancel|apply|add|remove|change|set\ up|update|note|log|raise|block|close|correct|amend"
    r"|reset"
    r"|restart|switch|put|enter|register|waive|extend|mark|stop|lock|unlock|clear|renew|activate"
    r"|move"
    r"|reverse|refund|book|send|process|reschedule|order|email|issue|credit|submit|arrange)"
)
WILL = _words(
    rf"""
    (?:i'll|we'll|i\ will|we\ will|i'm\ going\ to|we're\ going\ to|i\ am\ going\ to
      |we\ are\ going\ to|i'm\ gonna|we're\ gonna)(?!\ not)
  | (?!(?:what|how|when|where|why|that|which|it|you|i|we)(?:'ll|\ will))
    [\w-]+(?:'ll|\ will|\ shall|\ is\ going\ to|\ are\ going\ to|'s\ going\ to|'re\ going\ to
      |\ is\ gonna|'s\ gonna|'re\ gonna)(?!\ (?:be\ that|not|never)(?!\w))\ \w+
  | (?:they|(?:a|an|our|the|my|your|his|her)\ \w+(?:\ \w+){{0,2}})\ should\ \w+
  | (?:he|she|they|someone|somebody|(?:a|an|our|the)\ \w+)\ can\ (?:then\ |also\ )?
    (?:send|bring|call|ring|come|write|deliver|collect|email|post|pick|fit|replace|visit|swap)
  | let\ me\ (?:(?:just|also|go\ ahead\ and|quickly)\ )*{_ON_THE_CALL}(?!\ you\ (?:on|through))
  | (?:he|she|they|someone|somebody|(?:the|our|a|an)\ \w+)(?:'s|'re|\ is|\ are)
    \ (?:coming|sending|calling|bringing|posting|delivering|collecting|emailing|writing|ringing
      |picking|visiting)
  | (?!you\ )[\w-]+\ should\ (?:be\ (?:with|there|back|in|on|here|ready|done|able)|arrive|land|show
    |come
      |go|get|reach|drop|clear|hit|receive)
  | (?:give|allow)\ (?:it|us|them)\ (?:a|about|up|until|at|\d+|one|two|three|five|ten|an)
  | (?:you\ can\ |just\ )?expect\ (?:a|an|it|that|the|to|your)
  | (?:look|watch|keep\ an\ eye)\ (?:out\ )?(?:for|on)
  | (?:we|they|he|she|i)'d\ (?:then\ )?(?:send|write|e-?mail|call|ring|phone|text|contact|post
    |let\ you)
  | what\ i'll\ do | what\ (?:we'll|will)\ (?:do|happen)
  | (?:you'll|you\ will|you\ should|you\ can\ expect\ to)\ (?:also\ |then\ |soon\ )?
    (?:get|receive|see|have|hear|be\ (?:receiving|getting|hearing|sent|contacted|called|emailed
      |refunded|credited|billed|charged|reimbursed|notified))
  | (?:it|that|this|your\ \w+(?:\ \w+)?)(?:'ll|\ will|\ should)\ (?:be|arrive|come|go|show|appear
    |take|drop|land|start|kick|reach|get|update|turn|hit|reflect|clear)
  | it'll\ (?!be(?!\w))\w+ | (?:you'd|you\ would)\ (?:then\ )?(?:see|get|hear|receive)
  | on\ (?:its|the|their|his|her)\ way
  | going\ back\ (?:on|to|in|into)
    """
)
# A question by its sign alone: "can I take a number, and I'll have them text you?"
STATED = _words(r"(?:(?:and|so|then|but)\ )*(?:i|we|they|he|she)(?:'ll|\ will)")
# That what was just announced is done.
CONFIRMED = _words(
    r"""
    ^(?:(?:and|so|then|okay|ok|now|right|yes|yep|perfect|great|there|all|that's|it's|alright)\W+)*
    (?:done|there\ (?:we|you)\ (?:go|are)|through|gone\ through|all\ set|sorted|in|on|off|updated
      |confirmed|completed?|finished|set)
  | (?:that's|it's|that\ is|that\ has|it\ has)\ (?:(?:all|now|been|gone)\ )*(?:done|through|in|on
    |off
      |updated|set|sorted|confirmed|complete)
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
  | submit|upload|bring|return|report|keep|reply|appeal|claim|apply\ (?:online|for)|sign|fill
    """
)
# Deeds that an agent does while talking: said to be done now.
AT_ONCE = _words(
    r"""
    (?<!what\ )(?:i'll|i\ will|we'll|we\ will|i'm\ going\ to|i'm\ gonna|let\ me)
    \ (?:(?:just|now|also|go\ ahead\ and|quickly|then|first)\ )*
    (?:cancel|apply|add|remove|change|set|update|note|log|raise|open|block|close|correct|amend|reset
      |restart|switch|take|make|do|put|go|enter|register|waive|extend|mark|give|start|stop|lock
      |unlock|clear|renew|pop|leave|run|pull|turn|activate|move|use|knock)
    """
)
# With a day in the time to come, they say what will happen then.
COMING = _words(
    r"""
    (?:goes|go|going|comes?|coming|arrives?|lands?|leaves?|gets?|got|takes?|starts?|ends?|opens?
      |runs?|is|are|'s|be|has|have|can|could|would|should|might|needs?|falls?|drops?|clears?|sends?
      |ships?|delivers?|calls?|phones?|rings?|texts?|e-?mails?|posts?|visits?|closes?|shows?|writes?
      |pays?|returns?|expects?|renews?|says?|allow|collects?)
    \ (?:\w+\ ){0,4}?
    (?:out|back|to|with|round|by|off|in|on|through|up|within|after|before|until|tomorrow|tonight
      |due|ready|booked|scheduled|\d\w*|three|five|two|seven|ten|a|about)
  | (?:they|he|she|we|someone|somebody|it)'d\ \w+
    """
)
BYGONE = _words(
    r"came|was|were|did|didn't|had|ago|yesterday|last\ (?:week|month|year|night)|since|went"
)
_BY_HAND = (
    r"(?:send|upload|e-?mail|return|fill|sign|bring|post|let\ (?:us|me|them)|pop|drop|forward"
    r"|submit"
    r"|pick|collect|call|ring|phone|contact|pay|book|appeal|claim|apply|reply|write|register"
    r"|download"
    r"|report|visit|come|go\ (?:to|in|into|on)|take\ (?:it|that|the|them)|keep|transfer|log|cancel)"
)
OWED_BY_CUSTOMER = _words(
    rf"""
    (?:you'll|you\ will|you|you\ would|you'd|you\ may|you've)
    (?:\ (?:just|also|still|then|do|only|really|now))*
    \ (?:need|have|want|got|must|ought)\ to
    (?!\ (?:give|tell|confirm|hold|wait|speak|repeat|spell|know|worry|read|say|do\ anything))
  | (?:you'll|you\ will|you)\ (?:just\ |also\ |still\ |only\ |do\ )?need\ (?:a|an|the|your|both|two
    |some|proof|photo|original)
  | you\ (?:should|must|could|can|may|'d\ better)\ (?:just\ |also\ |then\ |always\
    |still\ )?{_BY_HAND}
  | you'd\ (?:just\ )?{_BY_HAND}
  | if\ you(?:'d|\ can|\ could|\ would|\ just|\ want\ to)?(?:\ just)?\ {_BY_HAND}
  | (?:make\ sure|be\ sure|don't\ forget|please\ note)\ (?:you|to|that)
  | (?:we|i)(?:'ll|\ will|'d|\ would|\ just|\ do|\ also|\ still)*\ need
    \ (?:to\ see|to\ have|you\ to|(?:a|an|the|some|two|your|proof)\ (?:\w+\ ){{0,4}}?
      (?:note|letter|form|photos?|picture\w*|proof|cop(?:y|ies)|receipts?|statement\w*|certificate
        |document\w*|bill|licen[sc]e|passport|signature|evidence|report|id|invoice|quote))
  | (?:has|have|needs?)\ to\ (?:be\ with\ us|reach\ us|come\ (?:back\ )?to\ us|be\ (?:in|back|sent
    |returned|signed|paid|received))
    """
)
ASKED_OF_CUSTOMER = _words(
    r"""
    (?:please|kindly)\ (?:do\ |just\ )?(?!tell|give|hold|wait|confirm|stay|bear|speak|go|repeat
      |spell
      |hang|let|say|share|be(?!\w)|i(?!\w)|you|we|they|it|he|she)\w+
  | (?:could|can|would)\ you\ (?:please\ )?(?:send|upload|email|return|fill|sign|bring|post|let\ us)
  | ^(?:(?:just|and|so|then|but|now)\ )*(?:keep|bring|send|call|ring|email|upload|reply|return|post
      |pop|drop|submit|report|allow|don't\ pay|leave\ it)
    \ (?:it|that|this|them|the|your|us|me|any|every|all|an?|hold|\w+ing|back|again)(?!\w)
    """
)

# The customer's part

CUSTOMER_WILL = _words(
    r"(?:i'll|i\ will|we'll|we\ will|i'm\ (?:going\ to|gonna)|my\ \w+(?:'ll|\ will)|i\ shall)\ \w+"
    r"|let\ me\ (?:talk|speak|think|check\ with|ask|discuss|call|ring)"
    r"|(?:i|we)(?:'ve\ got|'d\ better|\ have|\ need)?\ to\ (?:talk|speak|check|ask"
    r"|discuss)\ (?:it\ )?"
    r"(?:to\ |with\ )?my"
)
CUSTOMER_CAN = _words(r"(?:i|we)\ can\ (?:send|bring|come|pay|call|do|get|drop|be|pick|upload)")
CUSTOMER_SMALL = _words(
    r"""
    (?:i'll|i\ will|we'll|we\ will|i'm\ (?:going\ to|gonna)|i\ shall)\ (?:just\ |never\ |not\ )?
    (?:be\ (?:honest|straight|frank|waiting|brief|fine|okay|there|here)|tell\ you|take\ (?:it|that
      |the
        |this)|have\ (?:it|that|the|to|a)|hold|wait|give\ you|spell|read|say|let\ you\ (?:go|get)
      |leave\ (?:it|you)|see(?!\w)|grab|find|start|need|never|try\ (?:and\ )?(?:be|explain|remember)
      |explain|miss|remember|forget|admit|repeat|get\ (?:my|it\ out|a\ pen|in\ trouble)|go\ ahead
      |die
      |lose|end\ up|live|go\ with|do\ (?:that|it)\W*$|manage|appreciate|look\ (?:it|now)|stay)
  | (?:if|unless|or|otherwise|then)\ (?:i'll|i\ will)
    """
)

# Handed on

HIGHER = _words(
    r"""
    (?:speak|talk|put\ me\ through|connect\ me|transfer\ me|escalate|get\ me)
    \ (?:this\ |it\ )?(?:(?:to|with)\ )?(?:(?:a|your|the|an|some)\ )?
    (?:manager|supervisor|superior|boss|complaints?\ \w+|someone\ (?:else|higher|senior|above)
      |somebody\ (?:else|higher|senior|above)|team\ lead\w*|duty\ manager|person\ in\ charge)
  | is\ there\ (?:a|somebody|someone)\ (?:manager|supervisor|senior|higher|above)
  | (?:make|file|raise|lodge|open|put\ in|log)\ (?:a|an|this\ as\ a)\ (?:formal\
    |official\ )?complaint
  | lawyer|solicitor|ombudsman|legal\ action|regulator|small\ claims|trading\ standards
    """
)
_ABOVE = (
    r"(?:managers?|supervisors?|team\ lead\w*|teams?|unit|department|dept|specialists?|engineers"
    r"|engineering|on[-\ ]call|second[-\ ]line|tier\ (?:two|three|2|3)|level\ (?:two|three|2|3)"
    r"|back\ office|head\ office|underwriters?|underwriting|investigat(?:ors?|ions?)|complaints"
    r"|legal|compliance|seniors?|director|safeguarding|escalations?|developers"
    r"|specialist|committee|panel|branch\ manager|head\ of\ \w+|officer|technical|billing|accounts"
    r"|lead|head|adjudicators?|registrar|assessors?|inspectors?|tribunal|board|ombudsman"
    r"|colleagues?\ in)"
)
HANDED_ON = _words(
    rf"""
    (?:transfer|pass|put|connect|escalat)\w*\ (?:you|this|it|your\ \w+|the\ \w+)(?:\ (?:over
      |through|on))?
    \ (?:to|with)
  | escalat\w+
  | (?:pass|send|sent|transfer|refer|rais|flag|forward|pag|hand|cop[iy]|assign|mov|messag|alert
    |notif
      |push|bump|involv|loop|rout|tak|took|go|get|got|bring|brought)\w*
    (?:,?\ [\w'’-]+){{0,7}}?,?\ {_ABOVE}
  | (?:rais|pass|refer)\w*\ (?:this|it|that)\ (?:up\ |on\ |over\ )?(?:to|with)
  | it's\ (?:the|our)\ (?:\w+\ ){{1,2}}(?:team|department|unit|desk)
  | (?:our|the|my)\ (?:\w+\ ){{0,2}}(?:team|department|unit|manager|supervisor)
    (?:\ (?:will|is|are|have|has|need|needs|would)|'ll)
  | but\ (?:the|our|my)\ \w+(?:\ \w+)?\ can
  | (?:i'll|i've|i\ have|let\ me|i|i'm\ going\ to|i'm)\ (?:just\ )?(?:speak|spoken|spoke|talk|talked
      |talking|speaking|ask|asked|ask(?:ing)?|check|got)(?:\ [\w'’-]+){{0,3}}?\ {_ABOVE}
  | (?:rais|log|lodg|open|fil|record|regist|put)\w*(?:\ [\w'’-]+){{0,5}}
    \ (?:complaint|stage\ (?:one|two|1|2))
    """
)
