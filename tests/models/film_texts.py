"""Films whose synopses speak of their genre, viewers who like one genre, and scripts of the same words."""

import numpy as np
import pandas as pd

from models.base.days import DAY_MS
from models.judging.chosen import Chosen

WORDS = {
    "Horror": "crypt ghoul shriek coffin fang curse haunted gravestone phantom corpse dread banshee",
    "Romance": "sweetheart bouquet wedding kiss valentine serenade honeymoon darling proposal tender waltz longing",
    "Western": "saddle sheriff saloon outlaw prairie revolver stagecoach ranch canyon bounty cattle frontier",
}
_PLAIN = [
    "morning",
    "table",
    "window",
    "street",
    "letter",
    "doctor",
    "garden",
    "evening",
    "river",
    "station",
    "winter",
    "neighbour",
]
GENRES = tuple(WORDS)
FANS = ("Horror", "Romance")


def prose(genre: str, chance: np.random.Generator, own: int = 8, plain: int = 6) -> str:
    """Words of a genre among plain ones."""
    words = [*chance.choice(WORDS[genre].split(), own), *chance.choice(_PLAIN, plain)]
    return " ".join(chance.permutation(words))


def films(count: int = 200, seed: int = 0) -> pd.DataFrame:
    """Films of one genre each, all out from the beginning."""
    chance = np.random.default_rng(seed)
    genres = [GENRES[number % len(GENRES)] for number in range(count)]
    return pd.DataFrame(
        {
            "film_id": [f"film-{seed}-{number:04d}" for number in range(count)],
            "title": [f"Film {number}" for number in range(count)],
            "year": 2020.0,
            "genres": [(genre,) for genre in genres],
            "overview": [prose(genre, chance) for genre in genres],
            "opens": pd.Timestamp("2020-01-01"),
            "rating": np.nan,
            "gross": np.nan,
        }
    )


def members(viewers: int = 300) -> pd.DataFrame:
    """Half of the viewers love horror, half romance; all are everybody."""
    names = [f"viewer-{number:04d}" for number in range(viewers)]
    own = [f"taste/{FANS[number % len(FANS)]}" for number in range(viewers)]
    rows = pd.DataFrame({"viewer_id": names, "segment": own})
    return pd.concat([rows, rows.assign(segment="all")], ignore_index=True)


def interactions(
    told: pd.DataFrame, viewers: int = 300, each: int = 20, seed: int = 1, at: int = DAY_MS
) -> pd.DataFrame:
    """Each viewer takes up films of the loved genre six times as often as others."""
    chance, rows = np.random.default_rng(seed), []
    genre = told["genres"].str[0].to_numpy()
    quality = np.exp(0.3 * np.random.default_rng(7).standard_normal(len(told)))
    begins = int(pd.Timestamp("2020-01-01").timestamp() * 1000)
    for number in range(viewers):
        pull = np.where(genre == FANS[number % len(FANS)], 6.0, 1.0) * quality
        taken = chance.choice(len(told), each, replace=False, p=pull / pull.sum())
        rows += [
            (f"viewer-{number:04d}", told["film_id"].iloc[row], begins + at + place, 1.0 + place % 3)
            for place, row in enumerate(taken)
        ]
    return pd.DataFrame(rows, columns=["viewer_id", "film_id", "occurred_at", "strength"])


def chosen(told: pd.DataFrame, at: int = 2**60) -> Chosen:
    """What the viewers took up of these films."""
    return Chosen.of(interactions(told), told, members(), at)


def scene(place: str, action: str, *speeches: tuple[str, str]) -> str:
    """A scene in Fountain."""
    spoken = [f"{who}\n{what}" for who, what in speeches]
    return "\n\n".join([f"INT. {place} - NIGHT", action, *spoken]) + "\n\n"


def script_of(*genres: str, seed: int = 0) -> str:
    """A script with a scene a genre, and two who speak."""
    chance = np.random.default_rng(seed)
    title = "Title: The Test\nCredit: written by\n\n"
    scenes = [
        scene(f"ROOM {number}", prose(genre, chance), ("ANNA", prose(genre, chance, 3, 2)), ("BORIS", "So it is."))
        for number, genre in enumerate(genres, 1)
    ]
    return title + "".join(scenes)
