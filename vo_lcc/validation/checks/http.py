"""HTTP as clients and caches need it."""

from collections.abc import Iterator

from vo_lcc.validation.asking import Reply
from vo_lcc.validation.checks.check import Check
from vo_lcc.validation.findings import Finding, fail, legible, warn
from vo_lcc.validation.subject import Subject

GROUP = "HTTP"
ORIGIN = "https://example.org"


def headed(subject: Subject) -> Iterator[Finding]:
    """HEAD is answered as GET is, without a body."""
    for whole in described(subject):
        head = subject.asker.ask("HEAD", whole.url)
        if head.status != whole.status:
            yield fail(
                f"HEAD {head.about}; GET has HTTP {whole.status}",
                "answer HEAD as GET without the body; clients look for logins so",
            )
        elif head.media_type != whole.media_type:
            yield warn(f"HEAD {head.about}; GET has {legible(whole.media_type)}")


def fresh(subject: Subject) -> Iterator[Finding]:
    """A client that has the document already is told so."""
    for whole in described(subject):
        tag = whole.headers.get("ETag")
        changed = whole.headers.get("Last-Modified")
        if not tag and not changed:
            yield warn(
                f"{legible(whole.url)}: neither ETag nor Last-Modified",
                "send one of them: clients then ask for changes alone",
            )
        for name, value in (("If-None-Match", tag), ("If-Modified-Since", changed)):
            if value:
                again = subject.asker.ask("GET", whole.url, headers={name: value})
                if again.status != 304:
                    yield warn(
                        f"{legible(whole.url)}: HTTP {again.status} with {name}:"
                        f" {legible(value)}",
                        "answer 304 where nothing has changed",
                    )


def shared(subject: Subject) -> Iterator[Finding]:
    """Web pages of others may read the answers (CORS)."""
    for whole in described(subject)[:1]:
        reply = subject.asker.ask("GET", whole.url, headers={"Origin": ORIGIN})
        told = reply.headers.get("Access-Control-Allow-Origin", "")
        if told not in ("*", ORIGIN):
            yield warn(
                f"{legible(whole.url)}: Access-Control-Allow-Origin {legible(told)!r}",
                "send Access-Control-Allow-Origin: * on what everybody may read",
            )


def quick(subject: Subject) -> Iterator[Finding]:
    """Clients wait for capabilities when they start."""
    for whole in described(subject):
        if whole.seconds > 5:
            yield warn(f"{legible(whole.url)}: took {whole.seconds:.1f} s")


def nothing_there(subject: Subject) -> Iterator[Finding]:
    """What is not there is not found."""
    reply = subject.asker.get(f"{subject.services.url}/vo-lcc-validate/none")
    if reply.status != 404:
        yield warn(reply.about, "answer 404 where there is nothing")


def described(subject: Subject) -> tuple[Reply, ...]:
    """The documents of capabilities."""
    return subject.services.documents


CHECKS = (
    Check("http.head", GROUP, "HEAD is answered as GET", headed),
    Check("http.fresh", GROUP, "ETag or Last-Modified, and 304", fresh),
    Check("http.cors", GROUP, "pages of other sites may read", shared),
    Check("http.quick", GROUP, "the capabilities come within 5 s", quick),
    Check("http.none", GROUP, "404 where there is nothing", nothing_there),
)
