"""SES and the queue of its feedback, through boto3: each asked once, and never for long.

boto3's own variables (`AWS_PROFILE`, `AWS_ENDPOINT_URL` ...) hold. boto3 is imported when a client is made, which costs
0.3 s and 30 MB: only who uses SES pays for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, parse_qsl

CONNECT_SECONDS = 3
READ_SECONDS = 10
SENDERS = 10
"""Connections kept open: no more letters go out at once."""

CONFIGURATION_SET, FEEDBACK = "configuration_set", "feedback"


def options_of(ses: SplitResult) -> Mapping[str, str]:
    """Return what a `ses://` address says behind its question mark, by name: CONFIGURATION_SET and FEEDBACK."""
    return dict(parse_qsl(ses.query))


def client(service: str, region: str) -> Any:
    """Return a client of boto3, safe to share between threads. Nothing is asked yet. Raises BotoCoreError.

    It asks once: whoever asks knows whether a repeat is safe, and botocore does not (a letter would arrive twice).
    """
    import boto3
    from botocore.config import Config

    once = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"total_max_attempts": 1, "mode": "standard"},
        max_pool_connections=SENDERS,
    )
    return boto3.session.Session().client(service, region_name=region, config=once)


def is_of_aws(error: Exception) -> bool:
    """Whether boto3 raised it: no answer of AWS, or a refusal."""
    from botocore.exceptions import BotoCoreError, ClientError

    return isinstance(error, BotoCoreError | ClientError)


def code_of(error: Exception) -> str:
    """Return the code of an answer of AWS, or the kind of error where there was no answer. Never what it says."""
    answer = getattr(error, "response", None)
    code = answer.get("Error", {}).get("Code") if isinstance(answer, dict) else None
    return str(code) if code else type(error).__name__


def status_of(error: Exception) -> int | None:
    """Return the HTTP status of an answer of AWS, None where there was no answer."""
    answer = getattr(error, "response", None)
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode") if isinstance(answer, dict) else None
    return status if isinstance(status, int) else None
