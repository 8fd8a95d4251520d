"""Single tables of VOSI, which clients read one by one."""

from collections.abc import Iterator
from urllib.parse import quote

from vo_lcc.validation.checks.check import Check
from vo_lcc.validation.documents import child_text, local, named, parse_xml
from vo_lcc.validation.findings import Finding, fail, legible, not_run
from vo_lcc.validation.subject import Subject

GROUP = "Self-description (VOSI)"
MOST = 3


def single(subject: Subject) -> Iterator[Finding]:
    """The first tables of the list, each in a document of its own."""
    for service in subject.services.of("tables")[:1]:
        listed = parse_xml(subject.asker.get(service.url, [("detail", "min")]))
        names = [child_text(each, "name") for each in named(listed, "table")]
        if not names:
            yield not_run("no tables are told")
        for name in names[:MOST]:
            reply = subject.asker.get(f"{service.url.rstrip('/')}/{quote(name)}")
            root = parse_xml(reply)
            subject.kept[f"vosi.table-{legible(name, 60)}"] = reply
            columns = [each for each in root.iter() if local(each) == "column"]
            if reply.status != 200 or local(root) != "table" or not columns:
                yield fail(
                    f"{reply.about}: <{legible(local(root))}>, {len(columns)} columns",
                    "send <table> with its columns (VOSI 1.1, section 5.4)",
                )


CHECKS = (Check("vosi.table", GROUP, "single tables", single, "tables", True),)
