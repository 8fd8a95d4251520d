"""Find a star of Stripe 82 and save its light curve, folded, as a picture.

    python docs/examples/fold_stripe82.py http://127.0.0.1:8080 4099 folded.svg

Everything comes from the server: the star by its name, what is near by a cone around
its position, the picture by its own period.
"""

import sys
from pathlib import Path

import pyvo
import requests


def main(base: str, star: str, output: str) -> None:
    """Find, draw, save."""
    tap = pyvo.dal.TAPService(f"{base}/tap")
    query = f"SELECT * FROM stripe82.objects WHERE object_id = '{star}'"  # noqa: S608
    (found,) = tap.search(query)

    cone = pyvo.dal.SCSService(f"{base}/scs/stripe82")
    near = cone.search(pos=(found["ra"], found["dec"]), radius=2 / 3600)
    print(f"a cone of 2 arcsec around it finds {list(near['object_id'])}")

    asked = {"format": "svg", "period": "own"}
    reply = requests.get(f"{base}/plot/stripe82/{star}", params=asked, timeout=60)
    reply.raise_for_status()
    Path(output).write_bytes(reply.content)
    print(f"{output}: folded with {found['period']} d")


if __name__ == "__main__":
    main(*sys.argv[1:])
