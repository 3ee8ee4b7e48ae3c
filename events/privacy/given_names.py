"""Given names, folded.

Source: the most frequent names of the 1990 census of the United States, which are in the public
domain (the Census Bureau's files, as the MIT-licensed package `names` 0.3.0 repeats them);
names common elsewhere and short forms were added by hand.
"""

# Names wherever they stand.
GIVEN_NAMES = frozenset(
    """
    aaliyah aarav aaron abbey abbie abby abdul abdullah abdulrahman abe abel abena abigail abiodun
    abraham ada adaeze adam adan adaora addie ade adebayo adela adelaida adele adelia adelina
    adeline adell adella adeola adina aditi aditya adolfo adolph adria adrian adriana adriane
    adrianna adrianne adrienne adwoa afton agatha agnes agnieszka agustin agustina ahmad ahmed ahmet
    aida aidan aiden aileen ailsa aimee aisha aisling aj aja ajay akash akinyi akira akua alaina
    alan alana alanna alasdair alastair alba albert alberta albertha alberto albina alda alden aldo
    alecia aled alejandra alejandro aleksander alena alene alesha alesia alessandra alessandro aleta
    aletha alethea alex alexander alexandra alexandria alexia alexis alfie alfonso alfred alfreda
    alfredo ali alice alicia alida alina aline alisa alisha alison alissa alistair aliyah allan
    allegra allen allene allie allison allyson alma almeda alonzo alphonse alphonso alta altagracia
    althea alton alun alva alvaro alvin alvina alyce alycia alyona alysia alyson alyssa ama amada
    amadou amalia amanda amara amelia amelie ami amie amina aminata amir amit amos amparo amrita amy
    ana anabel anahit anand anastacia anastasia anders anderson andra andre andrea andrei andres
    andrew andria andrzej andy aneta angela angelia angelica angelina angeline angelique angelita
    angella angelo angharad angie anglea angus anh anika anil anissa anita anitra anja anjali ankit
    ann anna annabel annabelle annalise annamarie anne anneka anneliese annelise annemarie annetta
    annette annie annmarie anoushka ansel anthea anthony antionette antoine antoinette anton
    antonette antonia antonina antonio antony antwan anwen anya aoife araceli aracely aram arcelia
    archie ardis ardith aretha ariana ariel arielle arjun arleen arlene arline arlo armand armando
    armen armida arnold arnulfo aron arron arthur artie arturo arun arwa asha ashely asher ashlee
    ashleigh ashley ashlie ashly ashok ashton asif asma astrid athena atticus aubrey audra audrey
    audry augustine aurea aurelia aurelie aurelio avery avi avis avni awa awilda axel ayaan ayesha
    ayodele ayse azadeh babajide babatunde bailey bambi barbara barbie barbra barnaby barney barry
    bart barton baz bea beatrice beatrix beatriz beau becca becky belen belinda bella belle belva
    ben benita benito benjamin bennett bennie benny benoit berenice bernadette bernadine bernard
    bernardo bernice bernie berniece bernita bert berta bertha bertie beryl bessie beth bethan
    bethany betsy bette bettie bettina betty bettye beulah beverley beverly bex bhavna bianca bilal
    billie billy birdie birgit bjorn blaine blair blake blanca blanch blanche bob bobbi bobbie bobby
    bogdan bohdan bonita bonnie bonny boris boyd brad bradford bradley brady brandee branden brandi
    brandie brandon brandy brayden breanna breanne bree brenda brendan brenna brent bret brett brian
    briana brianna brianne bridget bridgett bridgette brigette brigitte britney brittani brittany
    brittney brock bronagh bronwen bronwyn brook brooke brooks bruce bruno bryan bryant bryce bryon
    bryony buffy buford burt burton byron cadence caitlin caitlyn caleb callie callum calvin cameron
    cami camila camilla camille candace candance candelaria candi candice candida candis caoimhe
    caolan cara caren carey cari caridad carin carina carissa carl carla carleen carlene carlo
    carlos carlota carlotta carlton carly carlyn carma carman carmel carmela carmelita carmella
    carmelo carmen carmine carol carolann carole carolee caroline carolyn carolynn caron carri
    carrie carrol carroll cary caryl caryn carys casandra casey cassandra cassidy cassie catalina
    catharine catherine cathi cathie cathleen cathrine cathryn cathy catina catrina catriona cecelia
    cecil cecile cecilia cecily cedric celeste celestine celia celina celine cerys cesar chadwick
    chaim chana chanda chandra chanel chantal chantel chantelle charissa charisse charla charleen
    charlene charles charlette charley charlie charline charmaine charolette chasity chastity cheikh
    chelsey chelsie chen cheri cherie cherise cherly cherri cherrie cheryl cheryle cheyenne chiamaka
    chiara chidi chike chinedu chioma chiquita chloe chong chris chrissy christa christal christel
    christen christi christiana christiane christie christin christina christine christopher christy
    chrystal chun cian ciara ciaran cierra cinda cindi cindy cinthia cj clair claire clara clare
    clarence claribel clarice clarissa clark claude claudette claudia claudine clayton clement
    clementine cleo cleta clifford clifton clint clive clodagh clyde cody colby coleen coleman
    colette colin colleen collette collin colm concepcion concetta connie conor conrad constance
    consuelo cora corazon cordelia corene corey cori corina corine corinna corinne cormac cornelia
    cornelius cornell corrie corrina corrine cortney cory cosmo courtney craig cressida crispin
    cristal cristi cristin cristina cristine cristy cruz curtis cyndi cynthia cyril cyrus cythia
    daisy daithi dalia dalton damaris damian damien damon dan dana dane danelle danette dani danial
    danica daniel daniela daniele daniella danielle danita danna dannielle danny dante daphne dara
    darci darcie darcy daren daria darin darius darla darleen darlene darline darnell darragh darrel
    darrell darren darrin darryl darwin daryl daryna dashiell dave david davida davina davis dawna
    dayna deana deandre deann deanna deanne deb debbie debbra debby debi debora deborah debra debrah
    declan dedra dee deena deepak deepika deidra deidre deirdre delbert delfina delia delilah della
    delma delmar delois delora delores deloris delphia delphine demetra demetria demetrius dena
    deneen denice denis denise denna dennis denny derek derick dermot derrick deshawn desirae
    desiree desmond despina dessie devika devin dewayne dewey dexter dhruv dian diana diane diann
    dianna dianne diego dieter dilys dimitri dina dinah dinesh dino dion dionne dirk dixie dmitri
    dmitry dmytro dollie dolly dolores domenica dominga domingo dominic dominick dominik dominique
    dona donal donald donita donna donncha donnell donnie donny donovan dora dorcas doreen dorene
    doretha dori dorian dorinda doris dorotha dorothea dorothy dorris dortha dorthea dorthy dottie
    doug dougal douglas dov dovie doyle duane dudley dulce duncan dustin dwayne dwight dylan eamon
    eamonn earle earlene earline earnestine eartha ebele eboni ebony ed eda eddie eddy edelmira eden
    edgar edie edith edmond edmund edna eduardo edward edwardo edwin edwina edythe effie efrain
    efren efua eileen eilidh eimear einar eirian eitan ekaterina elaina elaine elana elba elbert
    elda eldon eldora eleanor eleanora eleanore elena eleni elenor elfriede elia elias elida elif
    elijah elinor elisa elisabeth elise eliseo elisha elissa eliza elizabeth elizebeth ellen ellie
    elliot elliott ellis elma elmer elmira elmo elna elnora eloisa eloise elouise eloy elsa elsie
    elspeth elton eluned elva elvera elvia elvin elvira elvis elwood elyse emanuel emeka emelia
    emeline emerson emery emil emile emilia emilie emilio emily emma emmanuel emmett emogene emory
    emre emrys ena enda enedina enid enrique enriqueta enzo eoghan eoin eric erica erich erick
    ericka erik erika erin erlinda erma erna ernestina ernestine ernesto ernie errol ervin erwin esi
    esme esmeralda esperanza essie esteban estela estella estelle ester esther estrella eszter ethan
    ethel ethelyn etta euan eugene eugenia eugenie eugenio eula eulalia eun eunice eva evalyn evan
    evangelina evangeline evelia evelyn everett everette evette evie evon evonne ewa ewan eze ezra
    fabian fabio fabiola faisal fannie fanny farah farhan farrah fatima fatma fatou fatoumata fawn
    fay faye fearghal federica federico felecia felica felice felicia felicita felicitas felipa
    felipe felisa felisha felix femi feng ferdinand ferenc fergal fergus fern fernanda fernando
    ferne ffion fiadh fidel filomena finlay finn fiona fionn fletcher flor florene florine
    flossie floy floyd folake fonda forrest fran frances francesca francine francis francisca
    francisco francois frankie franklin fred freda freddie freddy frederic frederick fredrick
    freeman freida freja freya frida frieda funmi gabriel gabriela gabriella gabrielle gail galen
    ganesh gareth garnet garrett garry garth gary gaurav gavin gaye gayla gayle gaynell gemma gena
    genaro genevieve genoveva geoffrey george georgetta georgette georgiana georgianna georgie
    georgina geraint gerald geraldine geralyn gerard gerardo gerda geri germaine gerri gerry gertie
    gertrude gethin gethsemane gil gilbert gilberto gilda giles gillian gina ginny giorgio giorgos
    giovanna giovanni gisela gisele giselle gita giulia giuseppe gladis gladys glenda glenn glenna
    gloria golda goldie goncalo gonzalo gopal gordon gosia gracie graciela grady graeme graham
    grainne greg gregg gregoria gregorio gregory greta gretchen gretta griselda grover grzegorz
    guadalupe guillaume guillermina guillermo gulsen gunnar gunter gurpreet gus gussie gustavo guto
    gwen gwendolyn gwil gwyn gwyneth habib hadiza hafsa hailey hal haley hallie hamish hamza hana
    hanna hannah hans hao harjit harlan harley harold harper harpreet harriet harriett harriette
    harris harrison harry haruto harvey hasan hassan hattie haydee hayden hayley hazel heath heather
    hector hedwig heidi heike heinrich helen helena helene helga hellen henrietta henrik henry
    herbert heriberto herlinda herman hermelinda herminia herschel hershel hester hettie hilary
    hilda hildegard hillary hiram hiroshi hoa hoang holli hollie hollis homer horace hortencia
    hortense hortensia howard hrothgar hubert huda hugh hugo hui hulda humberto huong hussein
    hyacinth hyun iain ian ibrahim ibrahima ida idalia idella idris iestyn ieuan ifeanyi ifeoma
    ignacio ignatius igor ikechukwu ila ilaria ileana ilene iliana ilona ilse ima imani imelda
    imogen imogene imran ina indira ines inez inga inge ingeborg ingrid ioan ioana iola iolo iona
    ione iosif ira irena irene irina iris irma irvin irwin isaac isabel isabell isabella isabelle
    isaiah isela isha ishaan isiah isidora isidro isla ismael ismail issac istvan iva ivan ivette
    ivonne iwan izabela jacalyn jacinta jackeline jackie jacklyn jaclyn jacob jacque jacquelin
    jacqueline jacquelyn jacques jacquline jada jafar jagdish jaime jaimie jake jakub jamal jamar
    jame jamel james jami jamie jamila jammie jana janae jane janeen janel janell janelle janene
    janet janette janey janice janie janina janine janis janna jannette jannie jaqueline jared jarek
    jaroslaw jarrett jarrod jarvis jasmeet jasmin jasmine jason jasper jaswinder jaunita javed
    javier jaxon jaya jayden jayme jayne jayson jazmin jean jean-pierre jeana jeane jeanetta
    jeanette jeanie jeanine jeanna jeanne jeannette jeannie jeannine jeff jefferson jeffery jeffrey
    jeffry jelena jemima jen jena jenelle jenifer jeniffer jenna jennette jenni jennie jennifer
    jenniffer jenny jerald jeraldine jeremiah jeremy jeri jerilyn jermaine jerome jerri jerrie
    jerrod jerry jesica jess jessamy jesse jessica jessie jesus jettie jewell ji-woo jiho jill
    jillian jim jimmie jimmy jing jiri jitendra jo joan joana joanie joann joanna joanne joao
    joaquin jocasta jocelyn jodi jodie jody joe joel joelle joellen joesph joetta joey johanna john
    johnathan johnathon johnetta johnie johnna johnnie johnny joi jolanta joleen jolene jolynn jon
    jonas jonathan jonathon joni jonna jonnie jorge jose josef josefa josefina joseph josephina
    josephine josette josh joshua josie josue jovita joyce joycelyn jp juan juana juanita judi judie
    judith judy jules juli julia julian juliana juliann julianna julianne julie juliet julieta
    juliette julio julissa julius jung jurgen justin justina justine kabir kacey kacie kai kailash
    kaitlin kaitlyn kala kalina kamal kamala kami kandace kandi kandice kandy kara karan kareem
    karen kari karie karim karin karina karissa karl karla karlene karol karolina karolyn karon
    karri karrie karyn kasandra kasey kasia kassandra katarzyna kate katelyn katerina katharine
    katherine katheryn kathi kathie kathleen kathlene kathlyn kathrine kathryn kathryne kathy
    kathyrn katie katina katja katrina katy katya kavita kay kayden kaye kayla kaylee kayode kecia
    keely keiko keir keisha keith kelley kelli kellie kelly kelsey kelsie kelvin kemal kemi ken
    kendall kendra kendrick kenji kenna kenneth kennith kenny kenyatta kenzo keri kermit kerri
    kerrie kerry kesha keshia kevin keziah khadija khalid kia kiara kiera kieran kieron kieth
    kimberely kimberlee kimberley kimberly kira kiran kirby kirk kirsten kirstin kisha kitty klaus
    kofi kojo kori kostas kris krishna krista kristal kristan kristen kristi kristian kristie
    kristin kristina kristine kristopher kristy kristyn krystal krystle krystyna krzysztof kum kurt
    kurtis kwabena kwame kweku kyla kyle kylee kylie kyong kyra kyung lacey lachlan laci lacie lacy
    ladonna lai laila lakeisha lakesha lakeshia lakisha lakshmi lalita lamar lamont lana landon
    lanette lani lanita lanny laquita lara larissa larry lars larue lashanda lashawn lashonda laszlo
    latanya latasha latifa latisha latonia latonya latosha latoya latrice latricia laura laureen
    laurel lauren laurence laurene lauretta laurette lauri laurie lavada lavern laverne lavina
    lavinia lavon lavonda lavonne lawanda lawrence layla lazaro lea leah leandra leann leanna leanne
    leatha leatrice leda leeann leesa leif leigh leila leilani leisa lela leland lelia lemuel lena
    lennie lenny lenora lenore leola leon leona leonard leonardo leone leonel leonor leonora leopold
    leopoldo leora leota lerato leroy lesa leslee lesley lesli leslie lessie lester leta letha
    leticia letitia lettie levi lewis li lia liam liana liane libby lida lidia liesel liesl lila
    lilia lilian liliana lillian lillie lilly lin lina linda lindsay lindsey lindy linette ling linh
    linnea linnie linsey linwood lionel lior lisa lise lisette lissa lissette lita liz liza lizabeth
    lizbeth lizette lizzie llewelyn lloyd llyr logan lois lola lolita lon lona lonnie lora loraine
    lorcan lorelei loren lorena lorene lorenza lorenzo loretta lori lorie lorinda lorine lorna
    lorraine lorretta lorri lorrie lottie lou louann louella louie louis louisa louise lovie lowell
    lowri loyd lu luana luann luanne luca lucas lucia lucian luciana luciano lucie lucien lucienne
    lucila lucile lucille lucinda lucio lucretia lucy ludmila ludovic lue luella luis luisa lukas
    lukasz luke lula lulu luna lupe lupita lura luther luz lwazi lyda lydia lyla lyle lyn lynda
    lyndsay lyndsey lynette lynn lynne lynnette lyra mabel mable machelle maciej mack mackenzie
    madeleine madeline madelyn madge madonna mae maegan maeve magda magdalena magdalene maggie
    magnolia magnus mahesh mahmoud mai maisie majorie malcolm malgorzata malia malik malinda malissa
    mallory mamadou mamie mandeep mandi mandy manish manny manoj manpreet manuel manuela mara
    maranda marc marcel marcela marcelina marcelino marcella marcelle marci marcia marcie marcin
    marco marcos marcus marcy marek margaret margarete margarette margarita margarito margaux marge
    margery margie margo margot margret marguerite mari maria mariah mariam marian mariana mariann
    marianna marianne mariano maribel maribeth maricela marie mariela marietta marilee marilou
    marilyn marilynn marina mario marisa marisela marisol marissa marita maritza mariusz marjorie
    marjory marla marlena marlene marlin marlo marlon marlyn marlys marnie marquerite marquis
    marquita marsha marshall marta martha marti martin martina martine marty marva marvin mary
    maryam maryann maryanne marybeth maryellen maryjane maryjo marylee marylin marylou marylyn mateo
    mateusz mathew mathieu mathilda matilda matilde matt matteo matthew matthias mattie maud maude
    maudie maura maureen maurice mauricio maurine mave mavis maxie maxine maxwell maya maybelle
    mayme maynard mayra mazie mbali meagan meaghan mechelle meena meera meg megan meghan mehmet mei
    melanie melba melina melinda melisa melissa mellisa mellissa melodie melonie melony melva melvin
    melvina meredith meredydd mererid merle merlin merrill mervin meryl micaela micah michael
    michaela michal micheal michel michele michell michelle mick mickey mickie migdalia miguel mihai
    mike mikhail mikkel mila milagros mildred milissa millard millicent millie milos milton mimi
    min-jun mina mindi mindy minerva ming minh minnie mira miranda mireille mirela mireya miriam
    mirian mirna mirta missy misti misty mitch mitchel mitchell mittie mitzi modesta mohamed
    mohammad mohammed mohan moira moises mollie molly mona monica monika monique monroe monte monty
    morag morgan moritz morris morton morwenna moses moshe moussa mozell mozelle muhammad murat
    muriel murray mustafa myfanwy mykola myles myong myra myriam myrna myron myrtice myrtis myrtle
    nabila nada nadezhda nadia nadine naeem nakia nan nanci nancy nanette nannette nannie naoki
    naomi narendra naseem nasser natalia natalie natalya natasha nathalie nathan nathaniel natividad
    naveed naveen neal ned nedra neha nehemiah neil nelda nelida nell nella nelle nellie nelly
    nelson nena nereida nerys nestor nettie neva nevaeh ngozi nguyen nia niall niamh nichelle
    nicholas nichole nick nicki nickolas nicky nico nicola nicolas nicole nicolette nidia nigel
    nikhil niki nikita nikki nikolai nikos nila nilda nils nilsa nimesh nina ninfa nisha nita nkechi
    nkosana nneka noah noam noe noel noelia noelle noemi nola nolan nomsa nona noor nora norbert
    noreen norene norine norma norman normand norris novella nuala nuno nydia obinna ocie octavia
    octavio odell odette ofelia oisin oksana ola olaf olamide oleksandr olena oleta olga oliva
    oliver olivia olivier ollie olu olumide oluwaseun oluwaseyi oma omar omari ona ondrej onyeka
    oona opal ophelia ora oralia orla orlaith orpha orville oscar oskar osman osvaldo otilia otis
    otto ottoline ouida ousmane owain owen oyinkan oyinkansola ozlem pablo padma padraic padraig
    paige palesa palma pam pamala pamela pansy paola paolo parisa parvati pasquale patrica patrice
    patricia patrick patryk patsy patti pattie patty paul paula paulette paulina pauline paulo pavel
    pawel peadar pearlie pearline pedro peggie peggy penelope pennie percy perla perpetua perry
    peter petra petros phil philip philippa phillip phillis philomena phoebe phuong phylis phyliss
    phyllis pia pierre pilar pinkie piotr polly pooja portia prakash pranav prasad preeti pricilla
    priscilla priti priya priyanka prudence qasim quang quentin quincy quinton rab rachael rachana
    racheal rachel rachelle racquel radha rae rafael rafaela rafal raghav rahul raj rajesh rajiv
    ralph raluca ramesh ramiro ramon ramona randa randal randall randell randi randolph rania ranjit
    raphael raquel rashad rasheed rashid rashida raul ravi raymond raymundo reba rebeca rebecca
    rebekah reena refugio regan reggie reginald reid reina reinaldo rekha rena renae renata renate
    rene renea renee renita reta retha reuben reva rex reyna reynaldo reza rhea rhian rhiannon rhoda
    rhodri rhona rhonda rhys riaan riad ricardo richard richelle rick rickey rickie ricky rigoberto
    riley rina rinaldo rita ritu rivka riya robbie robbin robby robert roberta roberto robin robyn
    rocco rochelle rocio roderick rodger rodney rodolfo rodrick rodrigo rogelio roger rohan rohini
    rohit roisin roland rolanda rolando roma romana romeo romona ron rona ronald ronan ronda ronna
    ronnie ronny roosevelt rory rosa rosalba rosalee rosalia rosalie rosalina rosalind rosalinda
    rosaline rosalva rosalyn rosanna rosanne rosaria rosario rosaura roscoe roseann roseanna
    roseanne rosella roselyn rosemarie rosemary rosetta roshni rosie rosina rosita roslyn ross
    rowena roxana roxane roxann roxanna roxanne roxie roy royce ruairi ruben rubin rubye rudolph
    rudy rufina rufus rupert russ russel russell ruth ruthann ruthie ryan ryoko saad sabina sabine
    sabra sabrina sade sadia sadie saeed safiya sahil saira sakura salim salina sallie sally salma
    salman salvador salvatore sam samantha samatha samir samira sammie sammy samuel sandeep sandi
    sandra sanford sanjay sanjeev sanjuana sanjuanita santos saoirse saqib sara sarah sarita sasha
    saskia satish satoshi saul saundra savanna scarlett scot scott scottie scotty seamus sean
    sebastian segun selena selina selma senan seren serena sergei sergey sergio seth seung seymour
    shabnam shahid shaima shaina shalonda shameka shamika shana shanda shandra shane shanell shani
    shanice shanika shaniqua shanita shankar shanna shannan shannon shanon shanta shante shantel
    shantell shara sharee sharen shari sharla sharlene sharmila sharon sharonda sharron sharyn
    shasta shaun shauna shawanda shawn shawna shayla shayna shazia sheena sheila shelby sheldon
    shelia shelley shelli shellie shelly shelton sheree sheri sherie sherilyn sherita sherman sheron
    sherri sherrie sherrill sherron sherry sherryl sheryl shiela shira shirin shirlee shirlene
    shirley shirly shonda shreya shyam sian sibyl siddharth sidney sigrid silas silvia simon simone
    sinead siobhan sioned sipho sita sitara skylar snezana socorro sofia soledad solomon sondra
    sonia sonja sonny sonya sophia sophie sorcha soren spencer stacey staci stacia stacie stacy stan
    stanislav stanley starla starr stavros stefan stefani stefanie stelios stella steph stephaine
    stephan stephane stephani stephanie stephany stephen stephenie stephine steve steven stevie
    stewart stuart sukhdeep suki sunil sunita suresh surinder susan susana susann susanna susannah
    susanne sushma susie suzan suzanna suzanne suzette suzie suzy sven svetlana swati sybil syble
    sylvester sylvia tabatha tabitha tadhg taimur takashi takumi talia tamar tamara tamatha tameka
    tamela tamera tami tamika tamiko tammi tammie tammy tamra tamsin tana tanesha tangela tania
    tanika tanisha tanvi tanvir tanya tara taras tariq tarsha taryn tasha tatiana tatyana tawana
    tawanda tawanna tawnya ted teddy teena tegan temitope tena tendai tenisha tera terence teresa
    terese teresita teressa tereza teri terra terrance terrell terrence terri terrie terry tess
    tessa tessie thabo thad thaddeus thandeka thandi thanh thea theda thelma themba theo theodora
    theodore theresa therese theresia theron thersa thiago thierry thomas thomasina thorsten thurman
    thuy tia tiago tiana tiara tierra tiffani tiffanie tiffany tigran tillie tim timmy timothy tina
    tisha tj tobiah toby todd tom tomas tomasa tomasz tomeka tommie tommy toni tonia tonja tony
    tonya tori torquil tosha toya tracee tracey traci tracie tracy tran travis trena trent tresa
    tressa tressie treva trevor tricia trina trinidad trish trisha trista tristan trudy truman
    trystan tuan tunde twila twyla ty tyra tyrell tyrone tyson uche ulrike ulysses uma una ursula
    usha usman ute uzoma vaclav vada vaibhav valarie valencia valentin valentina valentino valeria
    valerie valorie vance vanessa vanja varun vasco vasily vaughn veda velda velia velma velva
    venessa venita venus vera verda vergie verla vern verna vernell vernice vernie vernita vernon
    verona veronica veronika vesta vicenta vicente vickey vicki vickie vicky victor vida vidya vijay
    vijaya vikas vikki vikram viktor vilma vina vinay vince vincent vinod viola violeta virgie
    virgil virgina vishal vita vito viva vivek vivian viviana vladimir volodymyr vonda vonnie vusi
    waleed wallace walter wanda wanita wanjiru warren wasim wayne wei weldon wendell wendi wendy wes
    wesley weston whitney wiktor wilbert wilbur wilburn wilda wiley wilford wilfred wilfredo
    wilhelmina willa willard willene william williams willie willis wilma wilmer wilson windy
    winfred winifred winnie winnifred winona winston wioletta wm wojciech wolfgang woodrow wyatt
    wynona xanthe xavier xiao ximena xinyi xiomara xochitl yaa yadira yael yannick yannis yaseen
    yash yasmin yaw yemi yesenia yetta yetunde yevgeny yiannis yoko yolanda yolonda yong yosef
    yoshiko young-ho youssef yu yuki yukiko yulia yuliya yuri yusra yusuf yuval yvette yvonne
    zachary zachery zahid zahra zaida zainab zaki zandra zane zanele zara zbigniew zdenek zeb zed
    zelda zella zelma zena zenaida zenobia zev zeynep zia ziad zina zodwa zoe zoey zofia zoila zola
    zona zora zoraida zsofia zubair zula zuleikha zulma zuzanna
    """.split()  # noqa: SIM905 (read as lines of words)
)
# Words, places and companies too: a name where something says so.
WORDS_TOO = frozenset(
    """
    adelaide alexa amber america angel april art asia august augusta aurora austin autumn ava barb
    basil bess bill booker candy carolina carson carter chad chance charity charlotte chase
    chelsea cherry chester christian chuck clay cleveland cliff clinton cole coral crystal curt
    dale dallas dawn dean denver destiny devon dick don drew dusty earl eli ella ernest eve faith
    flora florence forest frank gale garland gene geneva georgia ginger glen grace grant guy holly
    hope houston hung hunter india irving israel ivy jack jackson jade jan jay jewel jin jordan
    joy jun june kent kenya kim lance lane lee leo lily lincoln lourdes madison marion mark mason
    max may melody mercedes mercy mia miles nova odessa olive orlando paris parker pat pearl penny
    pete poppy preston randy raven ray reed regina rich rob rocky rod roman rose ruby rusty sandy
    santiago savannah shay sierra sterling sue summer sydney taylor trenton troy tyler victoria
    violet virginia wade ward will ying
    """.split()  # noqa: SIM905 (read as lines of words)
)
