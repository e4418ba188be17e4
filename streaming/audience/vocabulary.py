"""The words of films' titles and synopses, by genre."""

from typing import NamedTuple


class Words(NamedTuple):
    """A genre's words. A title takes a noun; a synopsis is `hero` `deed`, then the second genre's `turn`."""

    nouns: tuple[str, ...]
    heroes: tuple[str, ...]
    deeds: tuple[str, ...]
    turns: tuple[str, ...]


def _split_words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


GENRES: dict[str, Words] = {
    "Action": Words(
        _split_words("Strike Convoy Bullet Siege Vanguard Breaker Pursuit Arsenal Gauntlet"),
        ("A grounded stunt pilot", "An ex-soldier turned courier", "A bodyguard on her last job"),
        (
            "has one night to fight a way out of a locked-down harbour",
            "hijacks an armoured train to stop a private army",
            "races across three borders with half a militia behind",
        ),
        ("Fists and engines settle what words cannot.", "Every mile of the chase costs another friend."),
    ),
    "Adventure": Words(
        _split_words("Voyage Compass Summit Lagoon Caravan Lantern Expedition Horizon Atlas"),
        ("A mapmaker's daughter", "A disgraced explorer", "The crew of a leaking schooner"),
        (
            "sets out for a river that no chart agrees on",
            "follows a torn map to a city under the ice",
            "crosses a desert in search of a lost caravan",
        ),
        ("The journey leads farther than any of them meant to go.", "Where the map ends, a new one begins."),
    ),
    "Animation": Words(
        _split_words("Dragonfly Teapot Firefly Hedgehog Balloon Paintbox Snowglobe Robin Acorn"),
        ("A clockwork fox", "A shy thundercloud", "The last crayon in the box"),
        (
            "runs off with the circus to find a colour of its own",
            "must learn to fly before the first snow",
            "wakes a museum of toys that had forgotten how to play",
        ),
        ("Drawn by hand, it sings for small and grown alike.", "Even the teapots have a say in it."),
    ),
    "Comedy": Words(
        _split_words("Wedding Neighbour Landlord Reunion Roommate Mishap Holiday Alibi Dessert"),
        ("A hopeless best man", "A substitute mayor", "A baker with a rival"),
        (
            "tells one small lie that a whole town comes to believe",
            "inherits a hotel and all of its complaints",
            "must share a caravan with the in-laws for a week",
        ),
        ("Nothing goes to plan, and everyone laughs but the groom.", "The jokes come faster than bills."),
    ),
    "Crime": Words(
        _split_words("Heist Informer Ledger Syndicate Verdict Vault Racket Witness Precinct"),
        ("A safecracker out on parole", "A detective with a debt", "The book-keeper of a crime family"),
        (
            "plans one last robbery in a city that never forgets",
            "finds the name of a friend in a murdered man's ledger",
            "has to choose between the gang and the witness stand",
        ),
        ("Someone in the gang is talking to the police.", "In this city every favour is a debt."),
    ),
    "Drama": Words(
        _split_words("Inheritance Orchard Letter Father Silence Harvest Mother Promise Daughter"),
        ("A retired teacher", "A mother of three", "A prodigal brother"),
        (
            "comes home to bury the past and finds it alive",
            "fights to keep the family farm through one hard winter",
            "learns what was never said at the kitchen table",
        ),
        ("What is forgiven weighs more than what is won.", "A quiet portrait of a family coming apart."),
    ),
    "Horror": Words(
        _split_words("Cellar Haunting Effigy Hollow Ritual Revenant Seance Scarecrow Asylum"),
        ("A night nurse", "A couple with a new old house", "The last tenant of a condemned block"),
        (
            "hears something breathing behind the nursery wall",
            "wakes a thing that the village had buried twice",
            "counts one guest too many when the lights go out",
        ),
        ("Whatever lives in the cellar has learnt their names.", "By dawn the ghosts outnumber the guests."),
    ),
    "Romance": Words(
        _split_words("Valentine Serenade Heart Kiss Proposal Rendezvous Bouquet Waltz Honeymoon"),
        ("A florist who does not believe in love", "A widowed violinist", "A lonely pen friend"),
        (
            "falls for the one guest who came to stop the wedding",
            "misses the last train and meets a stranger worth missing it for",
            "writes love letters for someone else and means every word",
        ),
        ("Love arrives late and stays.", "One kiss on the wrong platform changes two lives."),
    ),
    "Science Fiction": Words(
        _split_words("Orbit Android Paradox Nebula Signal Colony Singularity Satellite Quasar"),
        ("An engineer on a dying station", "A linguist for the space fleet", "The first android to vote"),
        (
            "picks up a signal sent from her own future",
            "wakes eighty years early aboard a colony ship",
            "must teach a machine to lie before it launches",
        ),
        ("Beyond the last relay, time itself is failing.", "The machines have begun to dream of the stars."),
    ),
    "Thriller": Words(
        _split_words("Suspect Cipher Hostage Alias Deadline Conspiracy Stranger Blackout Motive"),
        ("An interpreter at a secret trial", "A sleepless air-traffic controller", "A forger with no past"),
        (
            "overhears a plot that is set to end at midnight",
            "finds her own face on a stranger's passport",
            "has until the tide turns to learn whom to trust",
        ),
        ("Every door that opens has been watched.", "The next call may be the last."),
    ),
}
PLAIN = _split_words(  # of the words above, those that are of no genre
    "across all another any be been between beyond but came cannot come coming does else end ends even everyone "
    "find from goes half hard how itself keep many may meant means more name names next not nothing off old said "
    "say set sets something their them thing this through too turned turns two under until up was way whatever "
    "when where who whole whom"
)
TITLES = (
    "The {adjective} {noun}",
    "{noun} of the {adjective} Hour",
    "One {adjective} {noun}",
    "{adjective} {noun}",
    "The {noun} and the {adjective} Road",
)
ADJECTIVES = _split_words(
    "Silent Crimson Last Broken Golden Midnight Wandering Hidden Burning Far Velvet Hollow Seventh Winter "
    "Borrowed Paper Reckless Sleeping Amber Salt Northern Gentle Savage Glass Lonely Second Bitter Wild Untold "
    "Copper Restless Quiet Electric Marble Stolen Drowning Patient Eleventh Blue Long"
)
FIRST_NAMES = _split_words(
    "Ada Bram Celia Dario Edith Farid Greta Hugo Ines Jonas Kaya Leon Mira Nils Odile Pavel Quinn Rosa Stellan "
    "Tamar Umberto Vera Wren Yann"
)
LAST_NAMES = _split_words(
    "Abernethy Bellweather Castellan Dragomir Eastlake Fairholm Gallowglass Hartwin Iversholt Jorgenmoor Kestrel "
    "Lindqvale Marchetti Northcote Okonbrook Pemberly"
)
DISTRIBUTORS = (
    "Harbour Lane Pictures",
    "Meridian Reel",
    "Blue Turbine Films",
    "Old Quay Releasing",
    "Parallax House",
    "Tin Lantern",
)
CERTIFICATES = ("G", "PG", "PG-13", "R")
