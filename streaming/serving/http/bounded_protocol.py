"""Uvicorn's HTTP protocol with a limit on the head of a request: its parser accepts a target of any length."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from streaming.serving.http.problem_details import MEDIA_TYPE, Problem

_TARGET, _HEADERS = 8 * 1024, 32 * 1024  # bytes


class BoundedProtocol(HttpToolsProtocol):
    """Answers a head that is too long, or no HTTP, with a problem document, and closes the connection."""

    _in_head = False
    _head = _chunk = 0  # bytes: of a head that has not ended, after those that it came with; and of what came just now
    _problem: Problem | None = None

    def data_received(self, data: bytes) -> None:
        """Parse received bytes; a head that does not end is refused, too."""
        self._chunk = len(data)
        super().data_received(data)
        if self._in_head and self._problem is None:
            self._head += self._chunk
            if self._head > _TARGET + _HEADERS:
                self._answer_and_close(_long_target_problem() if not self.headers else _large_headers_problem())

    def on_message_begin(self) -> None:
        """Start to count the bytes of a head."""
        super().on_message_begin()
        self._in_head, self._head = True, -self._chunk  # what else came with it may be other requests

    def on_headers_complete(self) -> None:
        """Check the size of a complete head.

        Raises:
            Problem: it is too long; the parser stops, and `send_400_response` answers.
        """
        self._in_head = False
        if max(self._head, 0) + self._chunk > _TARGET:  # few are, and the rest need not be looked at
            self._refuse_long_head()
        super().on_headers_complete()

    def _refuse_long_head(self) -> None:
        """Raise a Problem if the target or the headers received so far are too long."""
        if len(self.url) > _TARGET:
            self._problem = _long_target_problem()
        elif sum(len(name) + len(value) for name, value in self.headers) > _HEADERS:
            self._problem = _large_headers_problem()
        if self._problem is not None:
            raise self._problem

    def send_400_response(self, msg: str) -> None:
        """Send a problem document for a request that could not be parsed, and close the connection."""
        self._answer_and_close(self._problem or Problem("malformed", f"{msg} Send HTTP/1.1"))

    def _answer_and_close(self, problem: Problem) -> None:
        self._problem = problem
        head = (
            f"HTTP/1.1 {problem.status} {problem.document['title']}\r\ncontent-type: {MEDIA_TYPE}\r\n"
            f"content-length: {len(problem.body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + problem.body)
        self.transport.close()


def _long_target_problem() -> Problem:
    return Problem("too-long", f"Path and query may have {_TARGET:,} bytes: no viewer, film or context needs more")


def _large_headers_problem() -> Problem:
    return Problem("headers", f"Headers may have {_HEADERS:,} bytes: leave out what is no key, media type or length")
