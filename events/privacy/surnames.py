"""Family names, folded, that are no common words.

Source: the most frequent names of the 1990 census of the United States, which are in the public
domain (the Census Bureau's files, as the MIT-licensed package `names` 0.3.0 repeats them).
"""

# By frequency, the first four thousand.
SURNAMES = frozenset(
    """
    abbott abell abernathy abney abrams abreu acevedo acker ackerman acosta acuna adair adame
    adams adamson adcock addison adkins adler agee agnew aguiar aguilar aguilera aguirre ahern
    ahrens aiken ainsworth akers akins alaniz alarcon albers albertson albrecht albright alcala
    alcorn alderman aldrich aldridge aleman alfaro alford alger alicea allard allman allred
    almanza almeida alonso alston altman alvarado alvarez alves amador amato amaya ambrose ames
    ammons anaya andersen andrade andrews andrus anglin apodaca aponte applegate aquino aragon
    aranda arce archibald archuleta arellano arevalo arias armijo armstead armstrong arndt arnett
    arredondo arreola arriaga arrington arroyo arsenault arteaga artis asbury ashby ashcraft ashe
    ashford ashworth askew atchison atherton atkins atkinson atwell atwood autry avalos avila
    aviles ayala ayers ayres babb babcock babin baca bach bachman badger baer baez baggett bagley
    bagwell bain baines bair baird balderas baldwin ballard banda bandy bankston bannister
    banuelos baptiste barajas barbee barber barbosa barbour barclay barfield barger barker barkley
    barksdale barlow barnard barnes barnett barnette barnhart barnhill baron barone barraza
    barrera barrett barrios barron barrow barrows barth bartholomew bartlett bartley basham
    bassett batchelor bateman batista batiste batson battaglia batten bauer baugh baughman baum
    bauman baumann baumgartner bautista baxter bayer baylor beal beale beall beals bearden beasley
    beattie beatty beaty beauchamp beaudoin beaulieu beauregard beaver beavers becerra becker
    beckett beckham beckman beckwith becnel bedard bedford beebe beeler begay begley behrens
    belanger belcher bellamy bello belton beltran benavides benavidez bender benedict benefield
    benitez benner benson bentley benton berg berger bergeron bergman bergstrom berlin berman
    bermudez bernal bernier bernstein berrios berry berryman bertram bertrand berube betancourt
    bethea bethel betts beyer bickford biddle bigelow biggs billingsley billups bingham binkley
    birch bisson bittner bivens bivins blackburn blackman blackmon blackwell blackwood blais
    blakely blalock blanchard blanchette blanco blankenship blanton blaylock bledsoe blevins
    blodgett blount blum bobbitt bobo bock boehm bogan boggs bohannon bohn boland bolden bolduc
    bolen bolin bollinger bolton bonilla bonner boone boothe bordelon borden boren borges bostic
    bostick boston boswell bouchard boucher boudreau boudreaux bourne bourque bowden bowen bowens
    bowers bowie bowlin bowman bowser boyce boykin boyle boyles boynton brackett bradbury braden
    bradshaw bragg brandenburg brandt branham brannon branson brant brantley braswell bratcher
    bratton braun bravo braxton bray breaux breeden breedlove breen brennan brenner brewster brice
    briggs brinkley brinkman brinson briones briscoe brito britt brittain britton broadway
    brockman broderick brogan bronson broome broughton broussard browder browne brownlee broyles
    brubaker brumfield bruner brunner bruns brunson bruton bryson buchanan buckingham buckley
    buckner bueno buffington bui bullard bullock bumgarner bundy bunn bunnell bunting burch
    burchett burchfield burdette burdick burge burgess burgos burk burke burkett burkhart burks
    burleson burley burnett burnette burney burnham burnside burr burrell burris burroughs burrow
    burrows busby busch bussey bustamante bustos butler butterfield byars byers bynum byrd byrne
    byrnes caballero cabral cabrera cade cady cagle cahill cain calderon caldwell calhoun calkins
    callahan callaway callender calloway calvert camacho camarillo campbell campos canada canady
    canales canfield cano cantrell cantu cantwell canty capps caraballo carbone carden cardenas
    cardona cardoza cardwell carlin carlisle carlson carmichael carmona carnahan carnes carney
    caro carpenter carr carranza carrasco carrillo carrington carrion cartwright caruso carvalho
    carver casas casillas caskey cason casper castaneda casteel castellano castellanos castillo
    castleberry castro caswell catalano cathey cato catron caudill caudle causey cavanaugh cavazos
    centeno cerda cervantes chacon chaffin chalmers chamberlain chamberlin chan chandler chaney
    chapa chapin chapman chappell charlton chastain chatman chavarria chavez chavis cheatham
    cheney cheng chesser chestnut cheung childers childress chilton chisholm chism chisolm choate
    choi chow christensen christenson christiansen christianson christman chu chung churchill
    cintron cisneros clancy clanton clapp clarke clarkson clary clawson cleary clem clemens
    clements clemmons clemons clevenger cline clough cloutier coates cobb cobbs coble coburn
    cochran cochrane cockrell coe coffey coffman cohen cohn coker colbert colburn coley collazo
    colley collier collins colson colvin colwell compton comstock conaway condon conklin conley
    connell connelly conner connolly connor connors conover conroy conti contreras conway conyers
    cooke cooley coombs coon cooney coons copeland copley corbett corbin corcoran cordell cordero
    cordova corley cormier cornett cornish cornwell corona coronado corral correa correia corrigan
    cortes cortez cosby cosgrove costa costello cota cote cotter cottrell coughlin coulter couture
    covey covington cowan cowart cox coyle coyne crabtree craddock crain cramer crandall cranford
    craven crawford crawley crayton creech creel creighton crenshaw crespo crider crist crittenden
    crocker crockett croft cromer cromwell cronin crook crooks crosby croteau crouch crouse crowe
    crowell crowley crum crump cruse crutcher crutchfield cuellar cuevas culbertson cullen
    culpepper culver cummings cummins cunningham cupp curley curran currie currier curtin cushman
    cutler cyr dahl daigle dailey daley daly damico damron dancy dang dangelo daniels danielson
    danner darby darden dasilva daugherty davenport davidson davies davila davison dawkins dawson
    dayton deaton dees dehart dejesus delacruz delagarza delaney delarosa delatorre deleon
    delgadillo delgado dell dellinger deloach delong delossantos deluca delvalle demarco demers
    dempsey denham denney denning dennison denson denton derr desantis devine devito devlin devore
    devries dew dewitt dias diaz dickens dickerson dickey dickinson dickson diehl dietrich dietz
    diggs dill dillard dillon dix dixon doan dobbins dobbs dobson dockery dodd dodson doe doherty
    dolan dominguez donahue donaldson donnelly donohue dooley doran dorman dorn dorsey doss dotson
    doty dougherty doughty douglass dover dowd dowdy dowell dowling downey dozier drake draper
    driscoll drummond drury duarte dube dubois dubose duckett duckworth duff duffy dugan duggan
    dugger duke dukes dumas dunaway dunbar dunham dunlap dunn dunne dunning duong dupont dupre
    dupree dupuis duran durant durbin durden durham durr dutton duval duvall dwyer dyer dykes
    dyson earley easley eason easterling eastman easton eaton ebert echevarria echols eckert
    edmonds edmondson edwards egan eggleston elam eldridge elizondo elkins eller ellington ellison
    ellsworth elmore elrod elston ely emmons engel england engle ennis enos enriquez epperson epps
    epstein erickson ernst escalante escamilla escobar escobedo esparza espinal espinosa espinoza
    esposito esquivel estep estrada etheridge eubanks evans everhart ewing ezell fagan fahey fain
    fairbanks fairchild fairley faison fajardo falcon falk fallon fanning farias farley farnsworth
    farr farrar farrell farrington farris farrow faulk faulkner faust feeney felder feldman
    feliciano felton fennell fenner fenton ferguson fernandes fernandez ferrara ferraro ferreira
    ferrell ferrer ferris fierro figueroa finch fincher findley fink finley finnegan finney fiore
    fischer fishman fisk fitch fitts fitzgerald fitzpatrick fitzsimmons flagg flaherty flanagan
    flanders flannery fleck fleming flint flores florez flynn fogle foley folse folsom fong
    fonseca fontaine fontenot foote ford foreman forman forney forrester forsyth forsythe forte
    fortenberry fortier fortin fortner fournier foust fowler foy fraley france franco franks
    frantz franz fraser frazer frazier freedman freitas freund frey frias frick friedman frierson
    fritz frye fuchs fuentes fugate fulcher fullerton fulmer fulton fultz funderburk fuqua furman
    furr gable gaddis gaddy gaffney gage gagne gagnon gaither galarza galbraith galindo gallagher
    gallant gallardo gallegos gallo galloway galvez galvin gamboa gamez gandy gann gannon gant
    gantt garber garcia gardiner gardner garmon garnett garris garvey garvin garza gaskin gaskins
    gaston gatewood gatlin gauthier geary gee geiger gentile gentry gerber german getz gibbons
    gibbs gibson gifford gilchrist gill gillen gillespie gillette gilley gilliam gilliland gillis
    gilman gilmore gilson ginn giordano gipson girard gladden gladney glaser gleason glover glynn
    goad goble goddard godfrey godwin goebel goetz goff goforth goins goldberg goldman goldsmith
    goldstein gomes gomez gonzales gonzalez gooch goode gooden goodman goodrich goodson goodwin
    gorham gorman goss gossett gough gould goulet gracia graf graff granados granger grantham
    grayson greco greenberg greene greenfield greenlee greenwood greiner grenier gresham grice
    griffin griffis griffith griffiths griggs grigsby grimes grimm grisham grissom griswold grogan
    grooms grossman grove groves grubb grubbs gruber guajardo guenther guerra guerrero guevara
    guffey guidry guillen guillory guinn gulley gunderson gunn gunther gurley gustafson guthrie
    gutierrez guyton guzman haag haas hackett hackney hadley hagan hagen hager haggard haggerty
    hahn haight haines hairston halcomb hale hales hallman halstead halverson hamblin hamby hamel
    hamilton hamlin hammett hammond hammonds hammons hampton hamrick han hancock handley hanes
    haney hankins hanks hanley hanlon hannon hansen hanson harbin harden hardesty hardin hardison
    hardman hardwick hardy hare hargis hargrove harkins harlow harman harp harrell harrington hart
    harter hartley hartman hartmann harwell harwood haskell haskins hassell hastings hatcher
    hatchett hatfield hathaway hatley hatton haugen hauser hawes hawkins hawks hawley hawthorne
    hayes haynes hays hayward haywood headley headrick healey healy hearn heaton hebert heckman
    hedges hedrick heffner heflin hefner heim hein heinz helms helton hemphill henderson hendrick
    hendricks hendrickson hendrix henke henley henning hensley henson heredia hernandez herndon
    herr herrera herrick herring herrington herrmann herron hershberger herzog hewitt hiatt
    hibbard hickey hickman hicks hickson hidalgo higdon higginbotham higgins higgs hightower
    hildebrand hildreth hilliard hillman hilton hinds hines hinkle hinojosa hinson hinton hirsch
    hitchcock hite hitt hobbs hobson hodge hodges hodgson hoff hoffman hoffmann hogan hogg hogue
    holbrook holcomb holcombe holden holguin holland holley holliday hollingsworth hollins
    holloman holloway holm holman holmes holt holton homan honeycutt hong hooper hoover hopkins
    hoppe hopper hopson horan horne horner hornsby horowitz horton horvath hoskins hostetler houck
    hough houghton houle howe howell howland hoy hoyle hoyt hsu huang hubbard huber huddleston
    hudgins hudson huerta huey huff huffman huggins hughes hughey hulsey hummel humphrey humphreys
    humphries hundley huntley hurley hurst hurtado huskey hussey huston hutchens hutcherson
    hutcheson hutchings hutchins hutchinson hutchison hutson hutto hutton huynh hwang hyatt hyde
    hyman hynes ibarra ingle ingram inman irby ireland irish irizarry irvine isaacs isaacson
    isbell isom ison iverson ives ivey jacks jacobs jacobsen jacobson jacoby jaeger jameson
    jamison janes jansen janssen jaramillo jarrell jaynes jefferies jeffers jeffries jenkins
    jennings jensen jenson jernigan jessup jeter jett jewett jimenez jobe johansen johns johnson
    johnston jolley jolly jones jordon jorgensen jorgenson joyner juarez judd jude kahn kaiser
    kaminski kane kang kaplan karr kasper katz kauffman kaufman keane kearney kearns keating
    keaton keck kee keefe keefer keegan keel keeler keeling keenan keene keener keeney keeton
    kelleher keller kellogg kelso kemp kemper kennedy kenney kenyon kern kerns kerr kessler khan
    kidd kidwell kilgore killian kilpatrick kimball kimble kimbrell kimbrough kimmel kinard
    kincaid kingsley kinney kinsey kirchner kirkland kirkpatrick kirkwood kiser klein kline
    klinger knapp knoll knott knowles knowlton knox knudsen knudson knutson koch koehler koenig
    kohl kohler kolb koonce koontz kopp kovach kowalski kozlowski kraft kramer kraus krause krauss
    krebs krieger kroll krueger kruger kruse kuhn kunkel kuntz kunz kurtz kuykendall labbe
    lachance lackey lacroix ladd ladner lafleur laird lambert lamm lancaster landers landis
    landrum landry laney langdon lange langford langley langlois langston lanham lanier lankford
    lantz laplante lapointe laporte larkin larose larsen larson lassiter latham latimer lau
    laughlin lavender lavigne lavoie lawler lawless lawson lawton layman layne layton leach leahy
    leal leary leavitt leblanc lebron leclair ledbetter ledesma ledford ledoux lefebvre legg
    leggett lehman lehmann leighton lemaster lemay lemieux lemke lemmon lemons lemus lennon lentz
    lenz lerma lerner lessard leung levesque levin levine lewandowski leyva lightfoot ligon liles
    lilley lima limon linares lind lindberg linder lindley lindquist linkous linn linton lipscomb
    lira littlefield littlejohn littleton liu livingston locke lockett lockhart locklear lockwood
    loera loftin loftis lofton logsdon logue lomax lombard lombardi lombardo london longo longoria
    loomis looney loper lopes lopez lorenz lott lovejoy lovelace loveless lovell lovett lowe
    lowery lowry loy lozano luce lucero luckett ludwig lugo lujan lumpkin lund lundberg lundy
    lunsford lusk luster luttrell lutz lyles lyman lynch lyon lyons lytle maas mabe mabry
    macdonald mace machado macias mackay mackey mackie macklin maclean macon madden maddox madrid
    madrigal madsen maes maestas magana magee maguire mahan maher mahon mahoney maier maki
    maldonado malley malloy malone maloney mancini mancuso maness mangum manley mann manning manns
    mansfield manson maples marcotte marcum marin marino markham marlow marlowe marquez marr
    marrero marroquin martel martell martens martindale martinez martino martins martz marx massey
    massie masterson mata matheny mathews mathias mathis matlock matos matson matthews mattingly
    mattison mattox mattson mauldin maupin maurer maxey mayberry mayfield mayhew mayo mcadams
    mcafee mcalister mcallister mcarthur mcbee mcbride mccabe mccaffrey mccain mccall mccallister
    mccallum mccann mccarter mccarthy mccartney mccarty mccaskill mccauley mcclain mcclanahan
    mcclellan mcclelland mcclendon mcclintock mccloskey mccloud mcclung mcclure mccollum mccombs
    mcconnell mccool mccord mccorkle mccormack mccormick mccoy mccracken mccrary mccray mccreary
    mccue mcculloch mccullough mccune mccurdy mccutcheon mcdaniel mcdaniels mcdermott mcdonald
    mcdonnell mcdonough mcdougal mcdowell mcduffie mcelroy mcewen mcfadden mcfall mcfarland
    mcfarlane mcgee mcghee mcgill mcginnis mcgovern mcgowan mcgrath mcgraw mcgregor mcgrew mcguire
    mchenry mchugh mcinnis mcintire mcintosh mcintyre mckay mckee mckenna mckenney mckenzie
    mckinley mckinney mckinnon mcknight mclain mclaughlin mclaurin mclean mclemore mclendon mcleod
    mcmahan mcmahon mcmanus mcmaster mcmillan mcmillen mcmillian mcmullen mcmurray mcnabb mcnair
    mcnally mcnamara mcneal mcneely mcneil mcneill mcnulty mcnutt mcpherson mcqueen mcrae
    mcreynolds mcswain mcvay mcvey mcwhorter mcwilliams meacham mead meade meador meadows mears
    medeiros medina medley medlin medlock medrano meehan meek meeker meeks meier mejia melancon
    melendez mello melton mena menard mendenhall mendez mendoza menendez mercado mercier merrick
    merritt mesa messina metcalf metz metzger metzler meyer meyers meza michaels michaud middleton
    milam milburn milligan milner mims minnick minter minton mintz mireles mixon mize mobley moe
    moeller moen moffett moffitt mohr mojica molina monahan moniz monson montague montalvo
    montanez montano montero montes montgomery montoya moody mooney moore mora moran moreau
    morehead moreland moreno morey moriarty morin morley morrell morrill morrison morrissey morrow
    morse mortensen mosby moseley mosher mosier mosley motley mott moulton mowery moya moye moyer
    mueller muir mullen muller mulligan mullin mullins mullis muncy muniz munn munoz munson
    murdock murillo murphy murrell murry musgrove musser myers myrick nabors nadeau nagel nagle
    nagy najera nance napier naquin nash nava navarrete navarro naylor nealy needham neel neeley
    neely neff negrete negron neill nelms nesbitt ness nettles neuman neumann nevarez neville
    newberry newby newcomb newell newkirk newman newsom newsome newton ngo nichols nicholson
    nickerson nielsen nielson nieto nieves nix nixon noland nolen noonan norfleet noriega norton
    norwood novak nowak nowlin noyes nugent nunes nunez nunley nunn nutt nye oakes oakley oaks
    oates obrien obryan ocampo ocasio ochoa oconnell oconner oconnor oden odom odonnell ogden ogle
    oglesby ohara ojeda okeefe oldham oleary oliphant olivares olivarez olivas oliveira olmstead
    olsen olson olvera omalley oneal oneil oneill ontiveros ordonez oreilly orellana ornelas
    orosco orourke orozco orr ortega ortiz osborn osborne osburn osgood osorio ostrander osullivan
    oswald otero otoole ott ouellette overstreet overton owens pacheco packard padgett padilla
    paine pak palacios palmer palumbo pannell pantoja pappas paquette paradis paredes parham
    parkinson parnell parr parra parris parrish parrott parry parson parsons partin partridge pate
    patel paterson patino patten patterson patton pauley paulsen paulson paxton payne payton paz
    peachey peacock pearce pearson pease peck pedersen pederson peebles peeples pelletier
    pemberton pena pendergrass pendleton pennell pennington perales peralta perdue pereira perez
    perkins perreault perrin perron perryman peterman peters petersen peterson petit petrie pettis
    pettit peyton pfeifer pfeiffer pham phan phelan phelps phillips phipps picard pickard pickens
    pickering pickett pierce pierson pike pimentel pina pineda pinkston pino pinson pinto pipkin
    pippin pitre pitt pittman pitts plante platt plummer plunkett poe pogue poindexter poirier
    polanco polk pollack pollard pollock ponce poole poore porterfield portillo posey poston
    potter potts poulin powell prado prater prather pratt prentice prescott presley pressley
    prewitt prichard pridgen prieto pringle pritchard pritchett proctor proffitt prosser provost
    pruett pruitt pryor puckett puente pugh pulido pullen pulley pulliam purcell purdy purnell
    purvis putman putnam pyle qualls quarles quezada quigley quinn quinones quinonez quintana
    quintanilla quintero quiroz radford rafferty ragan ragland ragsdale rainey ralston ramey
    ramirez ramos ramsey randle raney rangel rankin rasmussen ratcliff ratliff rau rauch rawlings
    rawlins rawls rayburn rea reagan reardon reaves rector redden reddick redding reddy redman
    redmon redmond reece reeder reedy rees reese reeves regalado reich reichert reilly reinhardt
    reis rendon renfro renner reno renteria reyes reynolds reynoso rhoades rhoads rhodes ricci
    richards richardson richey richie richmond richter rickard ricker ricketts rickman ricks rico
    riddick riddle ridenour ridgeway ridley riggins riggs rigsby rinehart rios ripley ritchey
    ritchie ritter rivas rivera rizzo roach roark robb robbins roberge roberson roberts robertson
    robinette robins robinson robison robles robson roby rocha roche rockwell roden rodgers
    rodrigue rodrigues rodriguez rodriquez roe rogers rohr rojas roldan rollins romano romero romo
    roney rooney roper rosado rosales rosas rosen rosenbaum rosenberg rosenthal rosser rossi roth
    rountree rouse roush rousseau rowan rowe rowell rowland rowley royer royster rubio rucker rudd
    ruff ruffin ruiz runyon rupp russo rutherford rutledge ryder saavedra sadler saenz sager salas
    salazar salcedo salcido saldana salgado salinas salisbury sallee salley sammons sampson sams
    samson samuels sanborn sanchez sanders sanderson sandlin sandoval santana sapp sargent sasser
    satterfield saucedo saucier sauer sauls saunders savoy sawyer sawyers saxton saylor scanlon
    scarborough scarbrough schaefer schaeffer schafer schaffer schell scherer schilling schmid
    schmidt schmitt schmitz schneider schofield schott schrader schreiber schroeder schubert
    schuler schulte schultz schulz schulze schumacher schuster schwab schwartz schwarz schweitzer
    scoggins scroggins scruggs scully seaman searcy seaton seay seeley segura seibert seidel
    seifert seitz selby sena sepulveda serna serrano severson seward sewell sexton seymore
    shackelford shafer shaffer shah shank shanks shapiro sharkey sharpe shaver shaw shea shearer
    sheehan sheffield shepard shephard sheppard sheridan sherrod sherwood shifflett shinn shipley
    shipman shipp shively shockley shoemaker shrader shuler shull shultz shumaker shuman shumate
    sibley siegel sigler sikes silva silverman simmons simms simons simonson simpkins simpson
    sinclair singh singletary singleton sipes sisco sisk sisson sizemore skaggs skelton skidmore
    skinner skipper slade slagle slater sledge sloan slocum slone smalley smallwood smiley smith
    smithson smothers smyth snead snell snider snipes snodgrass snowden snyder soares solano solis
    soliz somers sommer sommers sorensen sorenson soria soriano sorrell sosa sotelo soto sousa
    southard southerland souza sowell sowers spain spalding spangler spann sparkman sparrow
    spaulding spearman spellman spence spicer spinks spivey spooner spradlin sprague sprouse
    spruill spurlock squires stafford staggs stahl staley stallings stallworth stamper stanfield
    stanford stanton stapleton starkey starks starling starnes staten staton stauffer stclair
    stearns steele steen steffen stegall stein steinberg steiner stephens stephenson stepp stevens
    stevenson steward stidham stiles stillwell stiltner stine stinnett stinson stjohn stockton
    stoddard stokes stoll storey stovall stover stowe stpierre stratton strauss strickland
    strother stroud strunk stubblefield stubbs stuckey stull sturgeon sturgill sturm suarez
    sullivan sumner sumpter sutherland sutter sutton swafford swain swan swank swann swanson
    swartz sweeney swenson swisher switzer sykes tabor tackett taft taggart talbert talbot talbott
    talley tamayo tanaka tanner tapia tarver tate tatum tavares teague teal teel teeter tejada
    tellez templeton tennant tenney thacker thao tharp thatcher thayer thibodeau thibodeaux
    thigpen thomason thompson thomsen thomson thorne thornhill thornton thorpe thorton thrash
    thrasher thurston tibbs tice tidwell tierney tijerina tillery tilley tillman tilton timm
    timmons tinsley tipton tirado tisdale titus tobias tobin tolbert toledo toliver tolliver
    tomlin tomlinson tompkins toney toro torrence torres torrez toth tovar townsend trahan
    trammell trapp trask traylor treadway treadwell trejo tremblay trevino tribble trice trimble
    triplett tripp trotter troutman trudeau truitt trujillo truong tubbs tuck tucker tuggle turk
    turley turnbull turney turpin tuttle tyner tyree ulrich underhill underwood unger upchurch
    upshaw upton urbina uribe utley vail valadez valdes valdez valentine valenzuela valerio valle
    vallejo valles vandyke vang vanhoose vanhorn vanmeter vann vanwinkle varela vargas varner
    varney vasquez vaughan vaught vazquez veal vega vela velasco velasquez velazquez velez venable
    venegas ventura verdin vetter vick vickers vickery vidal viera villa villalobos villanueva
    villareal villarreal villasenor villegas vinson vitale vogel vogt voss vu vue waddell
    wadsworth waggoner wagner wagoner wahl waite wakefield walden waldron waldrop wallis walsh
    walston walters walton wampler wang warden warfield washburn washington wasson waterman
    watkins watson watters waugh weatherford weaver webb webber webster weems weiner weinstein
    weir weis weiss welch wellman welsh wendt wentworth wentz wenzel werner wertz westbrook
    westfall westmoreland wetzel whalen whaley wharton whatley wheatley wheaton whelan whipple
    whitaker whitcomb whitehead whitehurst whiteside whitfield whitley whitlock whitlow whitman
    whitmire whitmore whitson whitt whittaker whitten whittington whittle whitworth wicker wicks
    wiese wiggins wilbanks wilcox wilde wiles wilhelm wilhite wilke wilkerson wilkes wilkins
    wilkinson wilks willett willey williamson williford willingham willoughby willson wilmoth wilt
    wimberly winchester windham winfield winfrey wingate wingfield winkler winn winslow winstead
    wirth wiseman wisniewski withers witherspoon witt witte wofford wolfe wolff wolford womack
    wong woodall woodard woodcock woodley woodruff woodson woodward woodworth woody wooldridge
    wooten worden workman worley worrell worthington wray wren wright wu wylie wyman wynn wynne
    xiong yancey yanez yang yarbrough yates yazzie ybarra yeager yee yi yoder yoon york yost
    youngblood yount zamora zapata zaragoza zarate zavala zeigler zeller zepeda zhang ziegler
    zielinski zimmer zimmerman zook zuniga
    """.split()  # noqa: SIM905 (read as lines of words)
)
