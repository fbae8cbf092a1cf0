"""The composition root: how the app listens."""

from __future__ import annotations

import socket

from consult_bot.app import listen


def test_it_sends_each_packet_of_an_answer_at_once() -> None:
    with listen(0) as listening:
        client = socket.create_connection(listening.getsockname(), 5)
        accepted, _ = listening.accept()
        with client, accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
