"""Every measure by its title: a function from the subject to lines of Markdown."""

from collections.abc import Callable, Iterator

from benchmarks.appends import appends
from benchmarks.bulk import bulk
from benchmarks.compiling import compiling
from benchmarks.derived import derived
from benchmarks.exports import exports
from benchmarks.fairness import fair_use, slow_reader
from benchmarks.harvests import harvests
from benchmarks.jobs import jobs
from benchmarks.loading import loading
from benchmarks.memory import eight_streams, one_stream
from benchmarks.regions import crossmatch, regions
from benchmarks.services import services
from benchmarks.storage import storage
from benchmarks.streaming import streaming
from benchmarks.subject import Subject
from benchmarks.throughput import throughput
from benchmarks.uploads import uploads
from benchmarks.vosi import vosi

MEASURES: list[tuple[str, Callable[[Subject], Iterator[str]]]] = [
    ("Streaming", streaming),
    ("Throughput and latency", throughput),
    ("Memory of one stream", one_stream),
    ("Memory of eight streams", eight_streams),
    ("Slow reader", slow_reader),
    ("Fair use", fair_use),
    ("Jobs", jobs),
    ("Uploads", uploads),
    ("Light curves in bulk", bulk),
    ("Services", services),
    ("VOSI and TAP_SCHEMA", vosi),
    ("OAI harvest", harvests),
    ("Exports", exports),
    ("Loading", loading),
    ("Appends", appends),
    ("Derived: statistics of light curves", derived),
    ("Compiling ADQL", compiling),
    ("Regions", regions),
    ("Crossmatch", crossmatch),
    ("Points as arrays or as rows", storage),
]
