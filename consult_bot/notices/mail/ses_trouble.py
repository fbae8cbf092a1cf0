"""What SES's refusals mean: whose fault it is, whether the letter may have gone out, and what to do.

The names are those of SES's API v2 (docs.aws.amazon.com/ses, SendEmail, Errors) and of AWS's common errors. Only what is
surely about the address is for ever. Everything else is an administrator's to mend, and the letters wait for it: buried
ones would have to be told to each patient by telephone.
"""

from __future__ import annotations

import re

from consult_bot.notices.mail.errors import MailDown, MailRefused
from storage.aws_mail import code_of, status_of

CREDENTIALS = "Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE or the role of this machine."
ALLOW = (
    "Allow ses:SendEmail to the account or role of this machine, for the identity and the configuration set."
)
REGION = "Check the region in MAIL, the network and AWS_ENDPOINT_URL."
ACCOUNT = "SES has stopped sending for this account. The SES console, Account dashboard, says why."
VERIFY = "Verify the domain of MAIL_FROM in SES, in the region of MAIL; consult-bot doctor looks at it."
MAIL_FROM_DOMAIN = (
    "Publish the MX record that SES wants for its custom MAIL FROM domain, or let it fall back to its own."
)
CONFIGURATION = (
    "There is no such configuration set in this region. Make it, or correct configuration_set in MAIL."
)
LETTER = "Check MAIL_FROM and configuration_set: SES cannot use what it is given. doctor looks at both."
LIMIT = "SES's limit for this account is reached. Ask AWS for a higher sending quota if this stays."

PACED = frozenset({"TooManyRequestsException", "Throttling", "ThrottlingException", "TooManyRequests"})
"""Waiting is all that it takes; the daily quota is told in the same way."""

REMEDIES = {
    **dict.fromkeys(["AccountSuspendedException", "SendingPausedException"], ACCOUNT),
    "MailFromDomainNotVerifiedException": MAIL_FROM_DOMAIN,
    "NotFoundException": CONFIGURATION,
    "LimitExceededException": LIMIT,
    **dict.fromkeys(["AccessDenied", "AccessDeniedException"], ALLOW),
    **dict.fromkeys(
        ["NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError", "ProfileNotFound"],
        CREDENTIALS,
    ),
    **dict.fromkeys(
        ["UnrecognizedClientException", "InvalidClientTokenId", "SignatureDoesNotMatch"], CREDENTIALS
    ),
    **dict.fromkeys(["ExpiredToken", "ExpiredTokenException", "InvalidSignatureException"], CREDENTIALS),
    **dict.fromkeys(
        ["EndpointConnectionError", "ConnectTimeoutError", "InvalidRegionError", "SSLError"], REGION
    ),
}

LOST = frozenset(
    {
        *("ReadTimeoutError", "ConnectionClosedError", "HTTPClientError", "IncompleteReadError"),
        *("ResponseStreamingError", "ResponseParserError"),
    }
)
"""botocore's names for an answer that did not come whole: SES may have taken the letter."""

UNSURE_STATUS = frozenset({500, 502, 504})
"""Something broke behind SES's door. 503 says that the letter was not taken."""

_ABOUT_THE_ADDRESS = re.compile(
    r"illegal address|invalid domain name|missing final '@domain'|(local address|domain) (contains|starts|ends)"
    r"|user name is missing|domain missing",
    re.IGNORECASE,
)
"""How SES says that the recipient's address can be none; ours was read with the settings and can be one."""


def judged(error: Exception) -> MailDown | MailRefused:
    """Return what a failure of boto3 means for the letter. Never quotes SES, whose answers quote the address."""
    code, status = code_of(error), status_of(error)
    if code == "BadRequestException" and _ABOUT_THE_ADDRESS.search(str(error)):
        return MailRefused()
    if code == "MessageRejected":
        # Our letters differ in a link and a number. What is refused is the sender, or, for an account that may write to
        # verified addresses only, this one recipient: others need not wait.
        return MailDown("SES rejects the letter", for_all=False, remedy=VERIFY)
    if code == "BadRequestException":
        return MailDown("SES cannot use the letter as it is", for_all=False, remedy=LETTER)
    if code in PACED or status == 429:
        return MailDown("SES asks to wait")
    if code in LOST or status in UNSURE_STATUS:
        return MailDown(f"The answer of SES was lost: {code}", maybe_sent=True)
    return MailDown(f"SES does not take letters: {code}", remedy=REMEDIES.get(code, REGION))
