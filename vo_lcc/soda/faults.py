"""Errors as SODA 1.0 (section 4.3) wants them: plain text that begins with its word."""

from aiohttp import web

from vo_lcc.dali.faults import message
from vo_lcc.errors import AuthenticationError, RepeatedError, VOError

UNAVAILABLE = 503


def soda_fault(error: VOError) -> web.Response:
    """The error as text: a word of SODA, a colon, what is wrong."""
    text = message(f"{fault_word(error)}: {error}")
    return web.Response(status=error.status, text=text + "\n")


def fault_word(error: VOError) -> str:
    """UsageError, ServiceUnavailable, or Error for what is the server's fault.

    A parameter that takes one value and has several has a word of its own (SODA 1.0,
    section 3.1).

    >>> from vo_lcc.errors import NotFoundError, TransientError
    >>> fault_word(NotFoundError("no such star")), fault_word(TransientError("busy"))
    ('UsageError', 'ServiceUnavailable')
    >>> fault_word(RepeatedError("QUANTITY", "given 2 times; give it once"))
    'MultiValuedParamNotSupported'
    """
    if isinstance(error, RepeatedError):
        return "MultiValuedParamNotSupported"
    if isinstance(error, AuthenticationError):
        return "AuthenticationError"
    if error.status == UNAVAILABLE:
        return "ServiceUnavailable"
    return "UsageError" if 400 <= error.status < 500 else "Error"
