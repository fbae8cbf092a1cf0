"""The load generator: clients on kept-alive connections, each waiting for its answer before it asks again."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import median

TIMEOUT_SECONDS = 30


class BadAnswer(Exception):
    """A server answered something else than what is measured; the message shows its beginning."""


class Connection:
    """One client's connection. Plain sockets: a whole HTTP client would cost more than what it measures."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), TIMEOUT_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._answers = self._socket.makefile("rb")

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """Send a request and return the status and body of its answer."""
        self._socket.sendall(request)
        status = int(self._answers.readline().split(b" ", 2)[1])
        length = 0
        while (line := self._answers.readline()) != b"\r\n":
            if line.lower().startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        return status, self._answers.read(length)

    def close(self) -> None:
        self._answers.close()
        self._socket.close()


def http_request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    """Return a whole HTTP/1.1 request; `Content_Type="…"` becomes the header `Content-Type`."""
    head = {"Host": "127.0.0.1", "Content-Length": str(len(body))}
    head |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items()), "", ""]
    return "\r\n".join(lines).encode() + body


@dataclass(frozen=True)
class Load:
    """What the clients of one turn saw: seconds of each request, and seconds of them all together."""

    latencies: tuple[float, ...]
    elapsed: float

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.elapsed


def load(port: int, requests: Sequence[bytes], clients: int, holds: bytes) -> Load:
    """Send the requests from so many clients at once. Raises BadAnswer unless each answer is 200 and holds the bytes."""
    start = threading.Barrier(clients + 1)
    with ThreadPoolExecutor(clients) as pool:
        seen = [
            pool.submit(_client, port, requests[place::clients], start, holds) for place in range(clients)
        ]
        start.wait(TIMEOUT_SECONDS)
        began = time.perf_counter()
        latencies = tuple(latency for each in seen for latency in each.result())
        elapsed = time.perf_counter() - began
    return Load(latencies, elapsed)


def _client(port: int, requests: Sequence[bytes], start: threading.Barrier, holds: bytes) -> list[float]:
    connection = Connection(port)
    latencies = []
    try:
        start.wait(TIMEOUT_SECONDS)
        for request in requests:
            began = time.perf_counter()
            status, body = connection.ask(request)
            latencies.append(time.perf_counter() - began)
            if status != 200 or holds not in body:
                raise BadAnswer(f"{status}: {body[:200]!r}")
    finally:
        connection.close()
    return latencies


def in_turns(
    ours: Callable[[], Load], bare: Callable[[], Load], turns: int
) -> tuple[tuple[Load, ...], tuple[Load, ...]]:
    """Measure both again and again, taking turns, so that the machine's moods meet both."""
    measured: tuple[list[Load], list[Load]] = ([], [])
    for turn in range(turns):
        for place in (0, 1) if turn % 2 else (1, 0):
            measured[place].append((ours, bare)[place]())
    return tuple(measured[0]), tuple(measured[1])


def median_ms(loads: Sequence[Load]) -> float:
    """Return the median milliseconds of a request over all turns."""
    return median(latency for each in loads for latency in each.latencies) * 1000


def median_per_second(loads: Sequence[Load]) -> float:
    """Return the median of the turns' requests per second."""
    return median(each.per_second for each in loads)
