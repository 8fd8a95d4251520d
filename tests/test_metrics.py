"""What is counted, by one process and by several."""

import os
import re
import subprocess
import sys
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from vo_lcc.dali.record import Record
from vo_lcc.dali.recording import Ended
from vo_lcc.metrics import Metrics


def samples(text: str) -> dict[tuple[str, ...], float]:
    """Each value by its name and its labels, in the order of their names."""
    return {
        (
            sample.name,
            *(value for _, value in sorted(sample.labels.items())),
        ): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def read(metrics: Metrics) -> dict[tuple[str, ...], float]:
    return samples(metrics.answer().body.decode())


def ended(**changes: object) -> Ended:
    record = Record(format="csv", plan="kept", rows=7, status=200, first_byte=0.004)
    values = {
        "record": record,
        "service": "tap",
        "method": "GET",
        "path": "/tap/sync",
        "agent": "",
        "seconds": 0.3,
        "status": 200,
        "sent": 100,
        "left": False,
        "cut": False,
    }
    return Ended(**values | changes)


def test_a_request_is_counted():
    metrics = Metrics()
    metrics.begun("tap")
    before = read(metrics)
    metrics.ended(ended())
    after = read(metrics)

    assert before["vo_lcc_requests_in_progress", "tap"] == 1
    assert after["vo_lcc_requests_in_progress", "tap"] == 0
    assert after["vo_lcc_requests_total", "GET", "tap", "200"] == 1
    assert after["vo_lcc_request_seconds_bucket", "0.25", "tap"] == 0
    assert after["vo_lcc_request_seconds_bucket", "0.5", "tap"] == 1
    assert after["vo_lcc_first_byte_seconds_bucket", "0.005", "tap"] == 1
    assert after["vo_lcc_rows_total", "csv"] == 7
    assert after["vo_lcc_sent_bytes_total", "csv"] == 100
    assert after["vo_lcc_plans_total", "kept"] == 1


def test_clients_make_up_no_label():
    metrics = Metrics()
    metrics.begun("tap")
    metrics.ended(ended(method="BREW"))

    assert read(metrics)["vo_lcc_requests_total", "other", "tap", "200"] == 1


def test_answers_that_were_not_whole_are_counted_by_whose_doing_it_was():
    metrics = Metrics()
    metrics.ended(ended(left=True))
    metrics.ended(ended(cut=True))

    found = read(metrics)
    assert found["vo_lcc_unfinished_total", "left", "tap"] == 1
    assert found["vo_lcc_unfinished_total", "cut", "tap"] == 1


def test_streams_and_refusals_are_counted():
    metrics = Metrics()
    metrics.waiting("bulk", 1)
    metrics.waiting("bulk", 1)
    metrics.waiting("bulk", -1)
    metrics.running("bulk", 1)
    metrics.connections(3)
    metrics.cancelled("left")
    metrics.refused("streams")

    found = read(metrics)
    assert found["vo_lcc_streams_waiting", "bulk"] == 1
    assert found["vo_lcc_streams_running", "bulk"] == 1
    assert found["vo_lcc_database_connections",] == 3
    assert found["vo_lcc_statements_cancelled_total", "left"] == 1
    assert found["vo_lcc_refused_total", "streams"] == 1


def test_the_process_and_what_it_runs_are_told():
    found = read(Metrics())

    assert found["vo_lcc_process_resident_bytes", str(os.getpid())] > 1e6
    assert [key for key in found if key[0] == "vo_lcc_build_info"]


COUNT = """
import sys
from pathlib import Path
from vo_lcc.metrics import Metrics, forget
folder = Path(sys.argv[1])
metrics = Metrics(folder)
metrics.refused("streams")
metrics.running("bulk", 1)
if sys.argv[2:]:
    forget(folder, int(sys.argv[2]))
    print(metrics.answer().body.decode())
else:
    import os
    print(os.getpid())
"""


def test_processes_are_summed_and_what_a_dead_one_ran_is_forgotten(tmp_path):
    def run(*arguments: str) -> str:
        command = [sys.executable, "-c", COUNT, str(tmp_path), *arguments]
        return subprocess.run(
            command, capture_output=True, text=True, check=True
        ).stdout

    first, second = run().strip(), run().strip()
    found = samples(run(first))

    assert first != second
    assert found["vo_lcc_refused_total", "streams"] == 3
    assert found["vo_lcc_streams_running", "bulk"] == 2


def test_the_documentation_tells_of_every_metric_and_of_no_other():
    text = (Path(__file__).parents[1] / "docs" / "operations.md").read_text("utf-8")
    (table,) = re.findall(r"\| metric \|.*?\n\n", text, re.DOTALL)
    told = set(re.findall(r"`((?:vo_lcc)?_[a-z_]+)`", table))
    families = text_string_to_metric_families(Metrics().answer().body.decode())
    made = {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in families
    }

    short = {name for name in told if name.startswith("_")}
    assert told - short | {f"vo_lcc_process{name}" for name in short} == made
