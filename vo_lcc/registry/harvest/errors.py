"""Why a peer cannot be harvested now."""

from datetime import datetime

from vo_lcc.errors import TransientError


class HarvestError(TransientError):
    """A peer does not answer, or not as OAI-PMH 2.0 and Registry Interfaces 1.1 say."""


class OAIError(HarvestError):
    """The peer answers with errors of OAI-PMH (section 3.6)."""

    def __init__(self, codes: frozenset[str], text: str, when: datetime) -> None:
        super().__init__(f"it answers {', '.join(sorted(codes))}: {text}")
        self.codes = codes
        self.when = when
