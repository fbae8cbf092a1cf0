"""Files in Slack's second way of uploading: ask for an address, send the bytes, complete and share."""

import mimetypes
import secrets
from pathlib import Path
from typing import Any

from consult_bot.sandbox import people
from consult_bot.sandbox.errors import SlackError
from consult_bot.sandbox.store import Drop, Put, Record
from consult_bot.sandbox.workspace import Workspace

LARGEST_BYTES = 1_000_000_000


class Uploads:
    """Files by id. Their bytes lie beside the workspace's journal, written and renamed before the row."""

    def __init__(self, workspace: Workspace, folder: Path) -> None:
        self._workspace = workspace
        self._folder = folder
        self._awaited: dict[str, Record] = {}

    def announce(self, name: str, length_bytes: int, alt_text: str | None) -> tuple[str, str]:
        """Returns (file id, ticket): the ticket is the secret part of the upload address."""
        if length_bytes < 0:
            raise SlackError("invalid_arguments", ["[ERROR] must be greater than 0 [json-pointer:/length]"])
        if length_bytes > LARGEST_BYTES:
            raise SlackError("file_upload_size_restricted")
        file_id, ticket = "F" + secrets.token_hex(5).upper(), secrets.token_urlsafe(16)
        self._awaited[ticket] = {"id": file_id, "name": name, "size": length_bytes, "alt_txt": alt_text}
        return file_id, ticket

    def receive(self, ticket: str, content: bytes) -> int:
        """Keeps the bytes and returns their number. Raises SlackError when nobody asked for them or the
        length is not the announced one."""
        awaited = self._awaited.get(ticket)
        if awaited is None:
            raise SlackError("file_not_found")
        if len(content) != awaited["size"]:
            raise SlackError("invalid_arguments", ["[ERROR] the length is not the announced one"])
        self._folder.mkdir(parents=True, exist_ok=True)
        unfinished = self._folder / f"{awaited['id']}.part"
        unfinished.write_bytes(content)
        unfinished.replace(self._path(awaited["id"]))
        created = int(self._workspace.clock.now_seconds())
        self._workspace.keep(Put("files", awaited["id"], {**awaited, "created": created, "complete": False}))
        return len(content)

    def check_received(self, file_id: str) -> None:
        """Raises SlackError `file_not_found` if the file's bytes never came."""
        self._kept(file_id)

    def complete(self, file_id: str, title: str | None) -> Record:
        """Makes an uploaded file real. Raises SlackError `file_not_found` if its bytes never came."""
        kept = self._kept(file_id)
        after = {**kept, "title": title or kept["name"], "complete": True, "shares": []}
        self._workspace.keep(Put("files", file_id, after))
        return after

    def shared(self, file_id: str, message: Record) -> Put:
        """Returns the change that notes in which message the file was shared."""
        kept = self._kept(file_id)
        share = {key: message[key] for key in ("channel", "ts", "thread_ts") if key in message}
        return Put("files", file_id, {**kept, "shares": [*kept["shares"], share]})

    def file(self, file_id: str) -> Record:
        """Returns the file's row. Raises SlackError `file_not_found`, or `file_deleted` once it is gone."""
        if self._workspace.store.get("deleted_files", file_id):
            raise SlackError("file_deleted")
        kept = self._kept(file_id)
        if not kept["complete"]:
            raise SlackError("file_not_found")
        return kept

    def exists(self, file_id: str) -> bool:
        return self._workspace.store.get("files", file_id) is not None

    def delete(self, file_id: str) -> None:
        """Removes a file. Raises SlackError `file_not_found`, or `file_deleted` the second time."""
        self.file(file_id)
        self._workspace.keep(Drop("files", file_id), Put("deleted_files", file_id, {"id": file_id}))
        self._path(file_id).unlink(missing_ok=True)

    def content(self, file_id: str) -> bytes:
        self.file(file_id)
        return self._path(file_id).read_bytes()

    def _kept(self, file_id: str) -> Record:
        kept = self._workspace.store.get("files", file_id)
        if kept is None:
            raise SlackError("file_not_found")
        return kept

    def _path(self, file_id: str) -> Path:
        return self._folder / file_id


def media_type(name: str) -> str:
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def file_object(kept: Record, base_url: str) -> dict[str, Any]:
    """Returns the file as `files.info` and messages show it."""
    kind = media_type(kept["name"])
    address = f"{base_url}/files/{kept['id']}/{kept['name'].replace('/', '_')}"
    public: dict[str, list[dict[str, Any]]] = {}
    for share in kept["shares"]:
        told = {"ts": share["ts"], "team_id": people.TEAM_ID, "share_user_id": people.BOT_USER_ID}
        thread = {"thread_ts": share["thread_ts"]} if "thread_ts" in share else {}
        public.setdefault(share["channel"], []).append(told | thread)
    return {
        "id": kept["id"],
        "created": kept["created"],
        "timestamp": kept["created"],
        "name": kept["name"],
        "title": kept["title"],
        "mimetype": kind,
        "filetype": Path(kept["name"]).suffix.lstrip(".") or "binary",
        "user": people.BOT_USER_ID,
        "size": kept["size"],
        "mode": "hosted",
        "is_external": False,
        "is_public": bool(public),
        "alt_txt": kept["alt_txt"] or "",
        "url_private": address,
        "url_private_download": address,
        **({"thumb_360": address} if kind.startswith("image/") else {}),
        "channels": list(public),
        "groups": [],
        "ims": [],
        "shares": {"public": public} if public else {},
    }
