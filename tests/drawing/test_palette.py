from itertools import combinations, pairwise

import numpy as np
import pytest

from vo_lcc.drawing.palette import PALETTE, colours
from vo_lcc.tables import PhotCal

# Machado, Oliveira & Fernandes (2009), severity 1: what is seen of linear RGB.
VISION = {
    "all colours": np.eye(3),
    "no red": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "no green": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "no blue": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
GROUNDS = ("#f5f7fa", "#151c25")


def linear(colour):
    share = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    part = TO_XYZ @ np.clip(rgb, 0, 1) / np.array([0.95047, 1, 1.08883])
    f = np.where(part > 216 / 24389, np.cbrt(part), (24389 / 27 * part + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("ground", [0, 1])
@pytest.mark.parametrize("vision", VISION)
def test_colours_are_apart_for_every_eye(vision, ground):
    seen = [lab(np.array(VISION[vision]) @ linear(pair[ground])) for pair in PALETTE]

    assert min(np.linalg.norm(a - b) for a, b in combinations(seen, 2)) > 25


@pytest.mark.parametrize("ground", [0, 1])
def test_colours_are_seen_on_their_ground(ground):
    light = [
        (TO_XYZ @ linear(c))[1]
        for c in (GROUNDS[ground], *(pair[ground] for pair in PALETTE))
    ]

    for one in light[1:]:
        high, low = max(one, light[0]), min(one, light[0])
        assert (high + 0.05) / (low + 0.05) > 2.2


def band(name, wavelength=None):
    return PhotCal(name, effective_wavelength=wavelength)


SDSS = [
    band(*each)
    for each in (
        *(("u", 355.1e-9), ("g", 468.6e-9), ("r", 616.6e-9)),
        *(("i", 748.0e-9), ("z", 893.2e-9)),
    )
]


def test_five_passbands_have_five_colours_in_order():
    assert colours(SDSS) == {"u": 0, "g": 1, "r": 3, "i": 4, "z": 5}


def test_a_passband_keeps_its_colour_from_one_collection_to_another():
    ztf = [band("zg", 478e-9), band("zr", 640e-9)]

    assert colours(ztf)["zg"] == colours(SDSS)["g"]
    assert colours(ztf)["zr"] == colours(SDSS)["r"]


def test_passbands_of_like_wavelengths_differ():
    found = colours([band("R", 640e-9), band("r", 622e-9), band("Rc", 650e-9)])

    assert len(set(found.values())) == 3


def test_more_passbands_than_colours_all_have_one():
    many = [band(str(n), n * 1e-7) for n in range(1, 12)] + [band("x")]

    assert set(colours(many)) == {b.passband for b in many}


def test_colours_go_with_wavelength_however_passbands_are_listed():
    assert colours(SDSS) == colours(SDSS[::-1])
    assert all(a < b for a, b in pairwise(colours(SDSS).values()))
