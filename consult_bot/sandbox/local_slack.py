"""The whole sandbox as one object: state, people's hands, the app's address and what goes wrong on order."""

from dataclasses import dataclass
from pathlib import Path

from consult_bot.sandbox.call_log import CallLog
from consult_bot.sandbox.callbacks import Callbacks
from consult_bot.sandbox.clock import Advance
from consult_bot.sandbox.faults import Faults
from consult_bot.sandbox.happenings import Event
from consult_bot.sandbox.installation import Installation
from consult_bot.sandbox.later import Later
from consult_bot.sandbox.limits import Limits
from consult_bot.sandbox.mailbox import Mailbox
from consult_bot.sandbox.modals import Modals
from consult_bot.sandbox.response_urls import ResponseUrls
from consult_bot.sandbox.sockets import Sockets
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
    sockets: Sockets
    callbacks: Callbacks
    faults: Faults
    installation: Installation
    limits: Limits
    later: Later
    log: CallLog
    mailbox: Mailbox
    advance_app: Advance
    enterprise_id: str | None = None

    @classmethod
    def at(
        cls,
        url: str,
        folder: Path,
        app_url: str,
        mail_folder: Path,
        advance: Advance,
        enterprise_id: str | None = None,
    ) -> "LocalSlack":
        log, faults = CallLog(), Faults()
        workspace, sockets = Workspace(folder, faults), Sockets(url, faults)
        return cls(
            url=url,
            app_url=app_url.rstrip("/"),
            workspace=workspace,
            modals=Modals(workspace),
            uploads=Uploads(workspace, folder / "files"),
            response_urls=ResponseUrls(workspace),
            sockets=sockets,
            callbacks=Callbacks(workspace, log, app_url, sockets, enterprise_id),
            faults=faults,
            installation=Installation(workspace),
            limits=Limits(workspace.clock.now_seconds),
            later=Later(workspace),
            log=log,
            mailbox=Mailbox(mail_folder),
            advance_app=advance,
            enterprise_id=enterprise_id,
        )

    def tell(self, *events: Event) -> None:
        """Lets the app hear of what happened, in order and without waiting for it."""
        for event in events:
            self.callbacks.event(event)

    def advance(self, seconds: float) -> None:
        """Moves the workspace's time, then the app's. What Slack would have done meanwhile is done, and events that
        are due to be sent again are."""
        self.workspace.advance(seconds)
        self.later.do_what_is_due()
        self.later.wake()
        self.advance_app(seconds)
        self.callbacks.clock_moved()

    def close(self) -> None:
        self.later.end()
        self.callbacks.close()
        self.workspace.store.close()
