"""What is wrong with a request, in the words of OAI-PMH 2.0, section 3.6."""

from typing import Literal

from vo_lcc.errors import UsageError

Code = Literal[
    "badArgument",
    "badResumptionToken",
    "badVerb",
    "cannotDisseminateFormat",
    "idDoesNotExist",
    "noRecordsMatch",
]
"""The codes in use.

Of the others, `noSetHierarchy` is of repositories without sets and `noMetadataFormats`
of items without records: all of ours come in every format, deleted ones as headers.
"""


class OAIError(UsageError):
    """A request that is answered with an `error` element, and status 200."""

    def __init__(self, code: Code, problem: str) -> None:
        super().__init__(problem)
        self.code = code
