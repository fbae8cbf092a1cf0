"""AWS through boto3: asked twice at most and never for long, its answers turned into remedies.

boto3's own variables (`AWS_DEFAULT_REGION`, `AWS_PROFILE`, `AWS_ENDPOINT_URL` ...) hold. Imported only where S3 or KMS
is used: boto3 costs 0.5 s and 25 MB of every process that has it.
"""

from __future__ import annotations

from typing import Any

import boto3
from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from storage.errors import AwsUnusable

FAILURES = (BotoCoreError, ClientError, Boto3Error)
"""Whatever boto3 raises instead of an answer."""

CONNECT_SECONDS = 2
ATTEMPTS = 2
MOST_CONNECTIONS = 40
"""As many as the threads that answer patients."""

TRY_LATER = (
    "It is tried again by itself. If this stays, check the network, AWS_DEFAULT_REGION and AWS_ENDPOINT_URL."
)
CREDENTIALS = "Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE or the role of this machine."
REGION = "Set AWS_DEFAULT_REGION, such as us-west-2, in the environment of the process."
ENABLE_KEY = "The KMS key is disabled or about to be deleted. Enable it, or cancel its deletion."
NO_KEY = "There is no such KMS key in this account and region. Check KEYS and AWS_DEFAULT_REGION."
ALLOW = (
    "This account may not do that. Allow s3:PutObject, s3:GetObject, s3:DeleteObject and s3:ListBucket, and "
    "kms:GenerateDataKey and kms:Decrypt on the key that encrypts the bucket."
)

REMEDIES = {
    "NoCredentialsError": CREDENTIALS,
    "PartialCredentialsError": CREDENTIALS,
    "ProfileNotFound": CREDENTIALS,
    "InvalidAccessKeyId": CREDENTIALS,
    "SignatureDoesNotMatch": CREDENTIALS,
    "UnrecognizedClientException": CREDENTIALS,
    "ExpiredToken": CREDENTIALS,
    "ExpiredTokenException": CREDENTIALS,
    "NoRegionError": REGION,
    "InvalidRegionError": REGION,
    "PermanentRedirect": "The bucket lies in another region. Set AWS_DEFAULT_REGION to that one.",
    "NoSuchBucket": "There is no such bucket. Make it, or correct ATTACHMENTS.",
    "AccessDenied": ALLOW,
    "KMS.DisabledException": ENABLE_KEY,
    "KMS.KMSInvalidStateException": ENABLE_KEY,
    "DisabledException": ENABLE_KEY,
    "KMSInvalidStateException": ENABLE_KEY,
    "KMS.NotFoundException": NO_KEY,
    "NotFoundException": NO_KEY,
}


def client(service: str, read_seconds: float) -> Any:
    """Return a client of boto3, safe to share between threads. Nothing is asked yet. Raises AwsUnusable."""
    patience = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=read_seconds,
        retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
        max_pool_connections=MOST_CONNECTIONS,
    )
    try:
        return boto3.session.Session().client(service, config=patience)
    except (*FAILURES, ValueError) as error:
        raise AwsUnusable(f"AWS cannot be used as it is set up. {remedy_of(error)}") from None


def code_of(error: Exception) -> str:
    """Return the code of an answer of AWS, or the kind of error where there was none."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", ""))
    return type(error).__name__


def remedy_of(error: Exception) -> str:
    """Return what an administrator can do. Never what the server said: that may quote anything."""
    return REMEDIES.get(code_of(error), TRY_LATER)
