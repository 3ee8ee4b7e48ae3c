"""Words that are no names, folded, in their shortest forms.

Source: the lower-case words among the first of the vocabulary of GPT-2's tokeniser (MIT), which is
ordered by frequency, the words of the labelled calls, and
words of customer service, firms, peoples and feelings, added by hand.
"""

# Without the endings that `lexicon.py` takes off.
COMMON_WORDS = frozenset(
    """
    abandon ability abiola able abortion about above abroad abs absence absolute absor abuse acad
    academic acc acceler accept acceptable access accessible accident accommod accomp accompan
    accompanied accompl accomplish accord accordance account accum accur accuracy accurate accus ace
    achie achieve acid acknow acknowled acknowledge acqu acquired across act action activ activate
    active activist activity actor actual adapt add addition additional address adequ adj adjust adm
    admin administ administr administration administrative admit admitted adop adopt ads adult adv
    advance advant advantage adventure advert advertising advice advis advoc advocates aer aff
    affairs affect affidavit affili afford affordable afraid african after afternoon again against
    age aged agency agenda agent agg aggressive ago agre agree agreement agric ahead aid aim air
    airbnb aircraft airport alarm album alcohol alert algorith algorithm alien align alive all alleg
    allegations allies allow almost alone along alongside already alright also alt altern
    alternative although altogether always am amazing amazon amb amended amendment american amex
    amid among amongst amount an anal analy analysis ancest ancient and android ang angle angry anim
    animal animation anime anniversary announ announce announcement annoy annual anonymous another
    ans answ ant anti antib anticip anx anxiety any anybody anymore anyone anything anytime anyway
    anywhere apart apartment apolog app appalling apparent appeal appear appearance appl apple
    applic applicable application appoint appointment appre appreci appreciate appro approach
    appropri appropriate approval approved approx approximately arbit arc arch architect
    architecture are area aren arg argos argue argument arm armor army around arr arrang array arri
    arrival arrive art article artificial artist as asc asda asian aside ask aspect ass assass
    assault assemb assert assess assessment asset assign assist assistance assistant associ
    associate association assum assume ast asthma astron at ath athlet atmosp atmosphere att attach
    attack attempt attend attention attitude attorney attract attractive attribute aud audience
    audio australian aut auth authent author authority authorized auto autom automatic automatically
    autonom autopay availability available aver average avoid award aware awareness away awesome
    awful aye bab baby back background backlog backup bacteria bad bag bail bait bakery bal balance
    ball ballot ban band bank bankruptcy banned bar barclays bare barrel bas base baseball basic
    basically basis basket basketball bat bath batt battery battle be beach bear beat beaut
    beautiful beauty bec became because become bed beef been beer before beg began begin beginning
    begun beh behalf behav behavi behavior behaviour behind being bel belie belief believe belong
    below belt bench bene beneath benef beneficiary benefit bes beside best bet beta better between
    beyond bias bid big bigger biggest bike bill billion bin bind biological bird birth birthday bit
    bitcoin black blade blame blank blast ble bless blind blinking block blockchain blog blood blow
    blue bluetooth board boat body bol bold bom bomb bon bond bone bonus book bookcase boost boot
    border born borrow boss bot both bothered bott bottle bottom bought bound bow bowl box boy bra
    brain branch brand brazilian bre bread break breast breat breath brew bridge brief bright brill
    brilliant bring british bro broad broadband broadcast broke broken brother brought brow brown
    browser brut brutal bub bucks bud buddy budge budget buff bug build built bul bulk bull bullet
    bunch bund bur burd burden bureau buried burn burst bus business busy but butt button buy by bye
    bytes cab cabin cable cake cal calcul calculated calendar call calm cam came camera camp
    campaign campus can canadian cance cancel cancelled cand candid candidate cann cannabis cannot
    cap capabilities capable capacity capital capitalism capt captain caption capture car carbon
    card care careful carrier carry cart cas case cash cast casual cat catalogue catch categ
    category caught cause cave cele celeb celebr celebrate cell cent central centre century cere
    ceremony cert certain certific certificate chain chair chairman chall challeng challenge chamber
    champion championship chance chang change channel chaos chap chapter char charact
    characteristics charg charge chargeback charity chart chat che cheap check cheers cheese chem
    chemical cheque chest chicken chief child childhood children chinese chip cho chocolate choice
    choose chose chosen christmas chromebook chronic chuffed church cig cir circ circle circuit
    circum circumst circumstances cited citi citibank citiz citizen city civil civilian claim clar
    class classic classified cle clean clear clever click client clim climate climb clin clinical
    clip clock clos close clot clothes clothing cloud club coach coal coalition coast coc cock code
    coffee cogn cognitive coin coinc col cold coll collabor collaps collapse colle colleague collect
    collection collective collector college colon color colour column com comb combat combination
    combine comcast come comedy comfort comfortable comic comm command comment commercial commission
    commit commitment committed committee common commun communicate communication community comp
    compan company compar compare comparison compat compatible compe compens compensation compet
    compete competition competitive compl complain complaint comple complete completion complex
    compliance complicated component composition compr comprehens comprehensive comprom comput con
    conc conce concent concentration concept concern concert conclud conclusion concrete cond condem
    condition conduct conf conference confidence confident config configuration confir confirm
    confirmation conflic conflict confront confused confusion congratulations congress congressional
    conj connect connection conscious consciousness consensus consent consequ consequences conserv
    conservative consider considerable consideration consist consistent console conspiracy const
    constant constit constitution constitutional construct construction consult consum consumption
    cont contact contain contem contemporary content context contin continu continue contr contract
    contrad contrary contrast contribut contribute contribution contro control controlled controller
    controvers controversial controversy conv conven convenient convent convention conventional
    conversation conversion convert convicted conviction convin convince cook cool cooper
    cooperation coord coordin cop copy copyright cor core corn corpor corporate corporation correct
    correl correspond corrupt corruption cos cost costco cou could couldn coun council counsel count
    counterpart country county coup couple cour courage courier course court courtesy cover coverage
    cow crack craft crash crazy cre cream creat create creation creative creature cred credit crew
    cries crim crime criminal cris crisis crit criteria critic critical criticism cro cross crowd
    cru crucial cruel cruise cry crypt crypto cul cult cultiv cultural culture cum cup cur curious
    currency current curve cushions cust custody custom cut cutting cyber cycl cycle dad daft daily
    dam damage damn dance danger dangerous dark darkness dat data database date daughter day dead
    deadbeat deal dealt dear death debate debit debt debut dec decade decent decide decision deck
    decl declared decline decor decre decrease ded dedicated deemed deep def default defe defeat
    defect defence defend defendant defense defensive deficit defin define definitely definition deg
    degree del delay dele deleg delete deliber delic delight deliver delivery dem demand democr
    democracy democratic demon demonstr demonstrate den density dentist deny dep depart department
    depend dependent deploy depression depth deputy der derived des desc describ describe descript
    description desert deserve design designated desire desk desktop desp desperate despite dest
    destination destro destroy destruction det detail detect determin determination determine dev
    devast develop development device dhl diabetic diagn dial dialogue dict did didn die died diet
    diff differe difference different difficult difficulty dig digital digits dil dim dimin dinner
    diplom direct direction director directory dirty dis disabled disag disapp disappear disappoint
    disaster disc discharged discipl discl disco disconnected discount discover discovery discrim
    discrimination discuss discussion dise disease disgusting dish disk dismiss disney disorder disp
    displ display dispute disrupt dist distance distinct distingu distract distribut distribution
    district distur ditto div diverse diversity divided divine division divorced diwali do doc doct
    doctor document documentary documentation dodging does doesn dog doing dokey doll dollar dom
    domain domestic domin dominant don donations done door dose dot dou doub double doubt down
    downgrade download downstairs downt downtime downtown dozen draft drag dram drama dramatic
    dramatically draw drawn dreading dream dress drew dri drill drink drive driven dro drone drop
    dropped dropping drove drug drunk dry dual dub duck dude due dump duration during dust dutch
    duty dying dynam dynamic each eager ear earlier earn earnings earth eas ease easier easily east
    eastern easy eat ebay echo econom economic economy edge edit edition editor educ education
    educational eff effect effective effic efficiency efficient effort egg eight eighteen eighteenth
    eighth eighty either elder ele elect election electric electrical electricity electron
    electronic element elev eleven eleventh elig eligible elim eliminate elite else elsewhere em
    email emb embarrass embr emer emerged emergency emerging emissions emot emotion emotional emphas
    employ employee employment empty enable enact enc encounter encour encourage end endorse enemy
    ener energy enforce enforcement eng engage engine english enh enhance enjoy enorm enormous
    enough ens ensure ent entertain entertainment enthus enthusi entire entitled entity entrance
    entreprene entry envelope environment environmental epic episode equ equal equality equipment
    equipped equival equivalent er era erm err error esc escal escape escrow esim especially ess
    essential est estab establish establishment estate estim estimate etc eth ethernet ethnic euro
    european evac eval even event eventually ever every everybody everyday everyone everything
    everywhere evidence evident evil evolution evri exact exam examine example exc exceed excellent
    except exception excess exch exchange excited exciting exclus exclusive excuse exec execut
    execute execution executive executor exerc exercise exha exhaust exhib exist existence exit exp
    expand expansion expect expectations expend expense expensive experien experience experiment
    experimental expert expl explain explan explanation explicit explo explore explosion export
    exposed exposure express expression ext extend extension extensive extent external extra extract
    extraord extraordinary extrem extreme eye fab fabric fac face facebook facilit facility fact
    factor factory fail failure fair fairness faith fake fall fallen false fam familiar family
    famous fan fant fantastic fantasy far fargo farm farmers fasc fashion fast fat fatal fate father
    fault fav favor favorite favour fear feat feature fed federal fedex fee feed feedback feel feet
    fel fell fella fellow felt fem female femin fer fert festival fet few fiber fibre fiction field
    fif fifteen fifteenth fifth fifty fig fight figure fil file fill film filter fin final finance
    financial find fine fing finish fire firestick firm firmware first fiscal fish fit five fix flag
    flash flat flav flavor flaw fle fled flee fleet flesh flex flight flo float flood floor flour
    flow flu fluid fly foc focus fol fold folks follow followers font food fool foot footage
    football for forb force fore forecast foreign forever forg forget forgotten form formal format
    formation formula fort forth fortnight forty forum forward foss fought found foundation four
    fourteen fourteenth fourth fra frag fram frame framework franch franchise fraud fre free freedom
    freeze french frequ frequency frequent fresh friend frightened fro from front frost frozen fruit
    frust frustrating fuck fuel fulf full fully fun function functional functionality fund
    fundamental funeral funny fur furious furn further future gain gal gall gam game gameplay gang
    gap gar garage garden gas gate gather gave gay gear gen gender general generate generation
    genetic genre gentle gentleman gentlemen genuine german gest get getting ghost giant gif gift
    gig gigabit gigabyte girl girlfriend give given glad glass global go goal god gods goes going
    gold gone gonna good goodbye goodness google googled gosh got gotta gotten govern government
    governor gra grab grad grade gradually graduate grand granddaughter grandson grant graph
    graphics grass grav grave gre great greek green grew gri grid grip gro gross grou ground group
    grow grown growth guarant guarantee guard guess guest gui guid guidance guide guidelines guilty
    guitar gun gutted guy gym ha habit hack had hadn hair half halifax hall halloween ham hand
    handbag handful handle handset hang hanukkah happ happen happiness happy har harass harassment
    hard hardware harm harsh has hash hasn hat hate have haven haz he head headquarters heal health
    healthcare healthy hear heard heart heat heav heaven heavily heavy height hel held helic helicop
    hell hello help helpful helpline her here hermes hero herself hes hey hi hidden hide hig high
    highlight him himself hint hip hire his hist histor historic historical history hit hitting
    hockey hol hold hole holiday holy hom home homeless homosexual hon honey honor hook hooray hop
    hope hopefully hor horm horrible horror horse hosp hospital host hot hotel hotspot hour hous
    house household how however hsbc htt http huge huh hulu hum human humanity hun hundred hunting
    hur hurry hurt hus husband hyd hyp hypot hypothetically ice icon ide idea ideal ident identical
    identification identify identity idiot if ign ignor ignore ikea ill illeg illegal illness illust
    illustration imag image imagine imm immedi immediate immigrants immigration immune imp impact
    impl implement implementation implications import importance important imposed impossible
    impression impressive imprison impro improve improvement in inc incent inch incident includ
    include inclusive income incor incorpor incorrect incre increase incredible ind indeed independ
    independence independent index indian indic indicate individual indu indust industrial industry
    inequ inev inf infant infect infection inflation influ influence info inform information
    infrastructure ing ingred ingredients inhab inher inherent inhib init initi initial initiative
    inj inject injured injury inn innoc innocent innov innovation input inqu inquiry ins insane
    insert inside insight insisted inspect inspiration inspired inst instagram install installation
    instance instant instead instit institution instr instruct instruction instrument insulation
    insurance insured int intake integ integrated integration integrity intellect intellectual
    intellig intelligence intended intense intensity intent intention interact interaction interf
    interface interior intern internal international internet interpret interpretation interrupt
    intervention interview intim into intr introdu introduce introduction inv invasion invent
    investig investigate investigation investigators investment investors invited invoice invol
    involve involvement ipad iphone irish iron irre is island isn isol isolated iss issue it italian
    item iter its itself jail jamaican japanese job join joint joke journal journalist journey joy
    jubbly jud judge judgment jump jur jurisd jury just justice justify kebab keep kenyan kept
    kernel key keyboard keypad kick kid kidding kidneys kil kill kilomet kind kindle kiss kit
    kitchen knackered knee knew knife knock know knowledge known korean lab label labor labour lack
    lad ladder lady laid land landline landlord landscape langu language lapt larg large last lat
    late latter laugh laun launch laundering law lawmakers lawsuit lawy lay lead leadership league
    lean leap learn least leather leave lect led left leg legacy legal legend legisl legislation
    legislative legit legitimate lend length lens less lesson let letter letting level liability
    liar lib liberal library lic licens license lie lif life lifestyle lifetime lift light lik like
    lim limit limitations line link lip liquid list listen lit literally literature little live
    livid lloyds load loan lob lobby loc local located location lock lodge log logging logic logical
    login logo lonely long look loop loose lose loss lost lot loud love low loyal loyalty luck lucky
    lunch lunchtime luv lux lyft lying ma macbook mach machine mad madam made mag magazine magic
    magical magn maiden mail main mainstream maintain maintenance major majority make mal male man
    manag manage management mand manifest manip manner manual manufact manufacture many map mar marg
    margin marijuana mark market marriage married mart mask mass massive mast mastercard mat match
    mate material math mathemat matter maximum may maybe mayor me meal mean meaningful meant
    meantime meas measure meat mechan mechanism med media medic medical medicine medium meet megabit
    mem member membership memorable memory men ment mental mention menu mer merc mere mess message
    met metab metal meters meth method mexican mice micro microsoft microwave mid midday middle
    midnight might mil mild mile milit military milk mill million min mind mine mini minim minimal
    minimum minister ministry minor minority minus minute mir mirror mis mislaid misplaced missile
    mission missus mist mistake mit mix mixture mob mobile mod mode model modem moderate modern
    modified module mole mom moment mon money monitor monster month monzo mood mor moral more
    morning mort mortgage mos most mot mother motion motiv motor mount mountain mouse mouth mov move
    movement movie much muddled mult multi multiple mum municip mur murd mus muscle music musical
    must mut my myself myster mysterious mystery myth nah naked name narr narrative narrow nation
    national nationwide native natural nature natwest nav near nearby necess necessarily necessary
    neck need neg negative negoti negotiations neigh neighb neighbor neighborhood neighbour neither
    nerv nervous net netflix network neur neuro neutral never new newsp newspaper next nic nice
    nicked nigerian night nil nine nineteen nineteenth ninety nintendo ninth no nobody node noise
    nom nomination nomine nominee non none nonsense noon nope nor norm normal north northern nose
    not note nothing notice notion novel now nowhere nowt nuclear null num number numerous nurs nut
    object objective oblig obs obsc observ obst obtain obvious occ occas occasion occasional occup
    occupied occur occurred ocean odd of off offence offense offensive offic office official offset
    often oh oil okay okey old ombudsman on once one ongoing online only onto open oper operate
    operation operator opin opinion opp opponent opportun opportunity opposed opposite opposition
    opt optim option optional optus or orange ord ordinary org organ organic organization organized
    orient orig origin original other otherwise ought our ourselves out outage outcome outgoings
    outlive output outrage outrageous outside outstanding over overall overcome overdraft overnight
    overse overseas overt overw overwhel overwhelming owe owing own ownership owt oxy oxygen pace
    pack package page paid pain painful paint pair pal pan panel paper paperweight paperwork par
    paracetamol parad paragraph paralle parallel param parameter parent park parliament part partic
    particip participants participate participation particular partner partnership party pass
    passage passbook passcode passenger passion passphrase password past patch path patient pattern
    pay paycheck payday payment paypal peace peak peckish ped pen penalty pence pendant penet penny
    people per perceived percent percentage perception perfect perform performance perhaps period
    perm perman permanent permission permit permitted perpet person personal personality personnel
    perspect perspective persu pet petition pharm phase phen phenomen phenomenon philos philosoph
    philosophy phone phot photo photograp photograph phr phrase phys physical physics pic pick pict
    picture pie piece pil pill pilot pin pink pip pipeline pir pist pit pitch place plain plan plane
    planet planned planning plant plastic plate platform play ple please pleasure pled plenty plot
    plug plus plusnet pocket podcast point poison pol polic police policy polish polit polite
    political politicians politics poll pollution poly pool poor pop popular popularity population
    porn port portion portray portuguese pos posh position positive possess possession possibility
    possible post postcode postpaid pot potential pound poverty pow powder powerful pra pract
    practical practice pray pre prec precise pred predict pref preferred pregn pregnancy pregnant
    prem premium prep prepaid prepar preparation prepare presc presence present presentation
    preserve presidency president presidential pressure presum pret pretty prev preval prevent
    previous pri price pride prim primarily primary prime prin princ principal principle print prior
    priority prison prisoners priv privacy private privile privilege prize pro prob probably proble
    problem proced procedure proceed process produ produce product production prof profess
    profession professional professor profile profit profound prog program programme progress
    progressive prohib prohibited project prom prominent promise promot promote promotion
    promotional prompt pron proof prop propag propaganda property proport proportion propos proposal
    prorated prosecut prosecutors prospect prost prot prote protect protection protein protesters
    protocol proud prov prove proven provide province provision psych psychological pub public
    publication publish pull pump pun punch punish punishment pur purch purchase pure purpose purse
    pursu pursue pus push put putting qual qualified quality quant quantity quarter quarterback que
    query quest question queue quick quid quiet quit quite quote rac race racial racism racist rad
    radiation radical radio raid rail rain raise rally ramadan ramp ran random rang range rank rap
    rape rapid rare rat rate rather ratio rational raw reach react reaction read ready real reality
    realize rear reason reasonable reb rebate reboot rec recall rece receipt receive recent recept
    receptionist recip recipe recogn recognition recognize recomm recommend recommendations recon
    reconnected record recover recovery recre recru recruit red redu reduce reduction ref refere
    reference referendum referred referring refinance reflect reform refuge refund refuse reg regard
    regardless regime region regional regist registration regrettably regul regular regulation
    regulatory rein reject rel related relating relation relationship relative relax rele release
    relevant reliable relief relig religion religious rely rem remain remark remarkable remem
    remember remind remortgage remote removal remove ren rend renew rent rep repair repe repeat repl
    replace replacement report represent representation representative reprodu reputation requ
    require requirement res resc rescheduled rescue rese resear research researchers resemb reserv
    reserve reset resetting residence resident resign resist resistance resolution resolve resource
    resp respect respective respond respons response responsibility responsible rest restaur
    restaurant restore restrict restrictions result ret retail retentions retire retirement retro
    return rev reve reveal revel reven revenue revers reverse review revolut revolution
    revolutionary reward rhet rib rice rid ride ridic ridiculous rifle rig right righto ring rip ris
    rise risk ritual rival river road robot rock rocket roku role roll rom romance roof rook room
    roommate root roster rot rough round rout route routine row rub rul rule rum run rung running
    rural rush russian sac sacr sacrifice sad saf safe safety said sainsbury sake salary sale salt
    same sample samsung san sanctions sand santander sat satell satellite satisf satisfied sauce sav
    save saw say scale scam scammers scan scandal scar scen scenario scene sch sche schedule scheme
    scholars school science scient scientific scientist scope score scottish scr scream screen screw
    script scroll scrut sea sear search season seat sec second secondary secret secretary section
    sector secure security sed see seed seek seem seemingly seen segment seized select selection
    self sell sem semi sen send senior sense sensitive sent sentence separ separate sequ sequence
    ser serial series serious serv serve service session set sett settle settlement setup seven
    sevent seventeen seventh seventy sever several severe sex sexual shadow shaking shall shambles
    shame shape share sharp shattered she sheet shel shell shelter sheriff shield shif shift ship
    shipping shirt shit sho shock shoot shop shopping short shot should shouldn shout show shown shr
    shut sick sid side sight sign signal signature signific significance significant sil silence
    silent silver sim similar simpl simple simultane simultaneously sin since sing single sir siri
    sister sit site sitting situation six sixteen sixteenth sixth sixty size ske skept skill skin
    skint skip sky slash slave sle sleep slide slight slips slot slow small smart smartphone smell
    smile smoke smooth snap sne snow so soc soccer social society socket sofa soft software soil sol
    solar sold soldier sole solicitor solid solo solution solve som sombrero some somebody somehow
    someone somet something sometimes somew somewhat somewhere son song soon soph sorry sort sought
    soul sound sour source south southern sovere space span spanish spark spawn spe speak spec
    special species specific specifically specify spect spectrum speech spell spend spent spin spir
    spirit spiritual spl splendid splicing split spoil spoke spoken spokesman spokesperson
    spokeswoman spons sport spot spotify spr spray spread sprint squ squad square stab stability
    stable stack stadium staff stage stake stance stand standard stars start stat state statement
    static station statist statistics status statutory stay ste stead steady steal steel stem step
    stepped stere stick still stim stimul sting stir sto stock stolen stomach stone stood stop
    stopped stopping storage store storm story str stra straight strange strateg strategic strategy
    stre stream street streng strength strengthen stress stret stretch stri strict strike strip stro
    strong stru struck struct structure strugg struggle stuck stud student studio study stuff stun
    stupid sty style sub subject submit submitted submitting subsc subscrib subsection subsequ
    subsequent subsid subst substance substant substantial subtle suc succeed success successful
    such suck sudden suff sufficient sugar sugg suggestions suicide suit suitable sum summary summer
    summon sup superior supervisor supp suppl supplement support supporters suppose sur surcharge
    sure surf surface surgery surpr surprise surround surv surve surveillance survey surviv survival
    survive sus susp suspect suspended suspension suspicious sust sustain swallowed swe swedish
    sweet sweetheart swim swing switch switchboard sword sym symb symbol symp sympt symptoms syn
    synd synt system ta tab table tack tackle tact tactics tag tail take taken tal talent talk
    talktalk tall tank tap tape targ target tariff task taste taught tax taxi taxp tea teach team
    tear teatime tech techn technical technique technology teen teeth tele telephone television tell
    telly telstra tem temper temperature template tempor temporary ten tend tenner tension tent
    tenth ter term termin terminal terr terrible terrific territ territory terror terrorism
    terrorist tesco test testim testimony text texture than thank that the theft their them theme
    themselves then theory ther therap therapy there therefore these they thick thief thin thing
    think third thirteenth thirtieth thirty this thorough those though thought thous thousand thr
    thread threat threatened threatening three threshold threw thro through throughout throw thrown
    thus thy tick ticket tie tied tight till time tiny tip tired tiss tissue tit title tizz to tob
    tobacco today toget together token told toler toll tomorrow ton tone tong tongue tonight too
    took tool top topic tor torches tort tortoise torture toss tot total tou touch touchdown tough
    tour tournament tow toward town tox toxic tra track trad trade tradition traditional traff
    traffic traged trail train trans transaction transfer transferred transform transgender transit
    transition transl translation transmission transport transportation trash trave travel tre
    treasurer treat treatment tree trem tremend trend tri trial trib trick trig trigger trip tro
    troops trou trouble truck true truly trust truth try tub tum tun tur turkish turn turtle tut
    tutorial twe tweet twelfth twelve twentieth twenty twice two typ type typical uber uh ukrainian
    ult ultimate um unable unacceptable unauthorised unauthorized unbelievable unc uncertain uncle
    unclear uncom und underground underlying understand understood undert unemploy unemployment unex
    unexpected unf unfair uniform union unique unit univers universal universe universities unknown
    unl unless unlike unlimited unlock unnecess unp unplug unpre uns unt until unus unusual unw up
    upcoming upd update upgr upgrade upload upon upper ups upset upstairs urban urged urgent us
    usage use used useful user using usps usual util utility utter vac vacc val valid validation
    valuable value var vari variable variation variety various vary vast vegan veget vegetarian veh
    vehicle vel ven vend venmo vent ver verify verizon version versus vert vertical very vessel
    veter veteran vets via vice vict victim victory video view viewers vig vill village viol
    violation violence violent vir virgin virt virtual virus vis visa visible vision visit visitors
    visual vit vital vodafone voice voicemail void vol volume volunt volunte volunteers vot vote
    vulner vulnerable wage wait waive wake wal walk wall wallet walleye walmart wand wanna want war
    warehouse warm warn warrant warranty was wasn waste wat watch wave way we weak weakness wealth
    wealthy weans weap weapon wear weather web website wedd week weekday weekend weigh weight weird
    wel welcome welf welfare well welsh went were weren west western wet what whatever whatsapp whe
    wheel when whenever where whereas whether which while white who whoever whole whom whose why wi
    wid wide widespread widowed width wife wifi wild will win wind window wine wing winner winning
    wire wisdom wise wish with withd withdraw withdrawals within without witness wom woman women won
    wond wonderful wood wor word work world worldwide worry worse worship worst worth would wouldn
    wound wra wrest writ write written wrong wrote www xbox xfinity ya yards yay yeah year yellow
    yes yesterday yet yield yikes you young your yourself yourselves youth youtube zelle zero zip
    zone zumba
    """.split()  # noqa: SIM905 (read as lines of words)
)
