"""A whole practice on this machine: the app, and the sandbox as its Slack and mailbox."""

from __future__ import annotations

from pathlib import Path

from consult_bot.app import House, WebServer, build, listen
from consult_bot.config import load_settings
from consult_bot.sandbox.server import Sandbox
from storage.store import Store

MADE_UP_PRACTICE = {
    "PRACTICE_NAME": "Prairie Telehealth",
    "PRACTICE_PHONE": "+1 555 010 0100",
    "PRACTICE_ZONE": "America/Los_Angeles",
    "PRACTICE_HOURS": "Mon-Fri 08:00-18:00; Sat 09:00-13:00",
    "MAIL_FROM": "care@prairie-telehealth.example",
    "ONCALL": "mailto:oncall@prairie-telehealth.example",
}


class LocalPractice:
    """An app and its sandbox over one folder, where a restart finds all or nothing.

    Loopback only. `url` is the patient's front door, `slack_url` the sandbox's page.
    """

    def __init__(
        self, folder: Path, port: int, slack_port: int, *, socket_mode: bool = False, **settings: str
    ) -> None:
        """Take both ports at once (0 takes a free one). Raises OSError where one is taken.

        With `socket_mode` the sandbox's payloads come by a socket, else over HTTP.
        """
        self._clock = _Clock()
        listening = listen(port)
        self._port = listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        self.sandbox = Sandbox(folder / "slack", slack_port, self.url, folder / "mail", self._clock.advance)
        self.slack_url = self.sandbox.url
        self.house = self._build(folder, {**self.sandbox.settings(socket_mode), **settings})
        self._clock.store = self.house.store
        self._front_door = WebServer(self.house.web, listening)

    def _build(self, folder: Path, settings: dict[str, str]) -> House:
        made = {
            **MADE_UP_PRACTICE,
            "DATABASE_URL": f"sqlite:///{folder}/consult.db",
            "KEYS": f"file:{folder}/keys",
            "ATTACHMENTS": f"file:{folder}/attachments",
            "MAIL": f"file:{folder}/mail",
            "PUBLIC_URL": self.url,
            "PORT": str(self._port),
            **settings,
        }
        return build(load_settings(made, env_file=None), frame_ancestors=self.slack_url)

    def start(self) -> None:
        """Begin to work, in threads. Connections made from now on are answered."""
        self.sandbox.start()
        self.house.worker.start()
        self._front_door.start()
        self.house.slack_door.open()

    def stop(self) -> None:
        """Finish what is in hand and end."""
        self.house.slack_door.close()
        self._front_door.stop()
        self.house.worker.stop()
        self.sandbox.stop()
        self.house.store.close()


class _Clock:
    """Moves the app's clock along with the sandbox's; the store is known only after the sandbox is."""

    def __init__(self) -> None:
        self.store: Store | None = None

    def advance(self, seconds: float) -> None:
        if self.store is None:
            raise RuntimeError("the clock moves only once the practice has started")
        with self.store.writing() as work:
            work.advance_clock(seconds)
