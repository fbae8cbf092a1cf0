"""The whole sandbox as one object: state, people's hands, the app's address and what goes wrong on order."""

from dataclasses import dataclass
from pathlib import Path

from consult_bot.sandbox.call_log import CallLog
from consult_bot.sandbox.callbacks import Callbacks
from consult_bot.sandbox.clock import Advance
from consult_bot.sandbox.faults import Faults
from consult_bot.sandbox.happenings import Event
from consult_bot.sandbox.mailbox import Mailbox
from consult_bot.sandbox.modals import Modals
from consult_bot.sandbox.response_urls import ResponseUrls
from consult_bot.sandbox.uploads import Uploads
from consult_bot.sandbox.workspace import Workspace


@dataclass(frozen=True)
class LocalSlack:
    """What the Web API, the controls and the browser page all work on. `url` has no slash at its end."""

    url: str
    app_url: str
    workspace: Workspace
    modals: Modals
    uploads: Uploads
    response_urls: ResponseUrls
    callbacks: Callbacks
    faults: Faults
    log: CallLog
    mailbox: Mailbox
    advance_app: Advance

    @classmethod
    def at(cls, url: str, folder: Path, app_url: str, mail_folder: Path, advance: Advance) -> "LocalSlack":
        workspace, log = Workspace(folder), CallLog()
        return cls(
            url=url,
            app_url=app_url.rstrip("/"),
            workspace=workspace,
            modals=Modals(workspace),
            uploads=Uploads(workspace, folder / "files"),
            response_urls=ResponseUrls(workspace),
            callbacks=Callbacks(workspace, log, app_url),
            faults=Faults(),
            log=log,
            mailbox=Mailbox(mail_folder),
            advance_app=advance,
        )

    def tell(self, *events: Event) -> None:
        """Lets the app hear of what happened, in order and without waiting for it."""
        for event in events:
            self.callbacks.event(event)

    def advance(self, seconds: float) -> None:
        """Moves the workspace's time, then the app's."""
        self.workspace.advance(seconds)
        self.advance_app(seconds)

    def close(self) -> None:
        self.callbacks.close()
        self.workspace.store.close()
