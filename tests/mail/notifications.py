"""What mail servers send back, in the forms that Postfix, Exchange, Exim and RFC 6533 give it."""

POSTFIX = """\
Return-Path: <>
Date: Tue, 24 Nov 2026 12:01:07 +0800
From: MAILER-DAEMON@mail.operator.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: register@operator.example
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
	boundary="4F1D2/mail.operator.example"
Message-Id: <20261124040107.AA@mail.operator.example>

This is a MIME-encapsulated message.

--4F1D2/mail.operator.example
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

<wei@nimbus.example>: host mx.nimbus.example said: {status} no such user

--4F1D2/mail.operator.example
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.operator.example
X-Postfix-Queue-ID: 4F1D2
Arrival-Date: Tue, 24 Nov 2026 12:01:05 +0800

Final-Recipient: rfc822; wei@nimbus.example
Original-Recipient: rfc822;wei@nimbus.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} no such user

--4F1D2/mail.operator.example
Content-Description: Undelivered Message
Content-Type: message/rfc822

Return-Path: <register@operator.example>
From: register@operator.example
To: wei@nimbus.example
Subject: Your visit
Message-ID: <{token}@operator.example>

Hello

--4F1D2/mail.operator.example--
"""

HEADERS_ONLY = """\
From: postmaster@nimbus.example
Subject: Delivery Status Notification (Failure)
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: base64

6YKu5Lu26YCA5Zue

--b
Content-Type: message/delivery-status

Reporting-MTA: dns;mx.nimbus.example

Final-Recipient: rfc822;wei@nimbus.example
Action: {action}
Status: {status}

--b
Content-Type: text/rfc822-headers

From: register@operator.example
Message-ID:
 <{token}@operator.example>
To: wei@nimbus.example
--b--
"""

ENVELOPE_ONLY = """\
From: MAILER-DAEMON@nimbus.example
Subject: failure notice
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_x"

--=_x
Content-Type: text/plain

--=_x
Content-Type: message/delivery-status

Original-Envelope-Id: {token}
Reporting-MTA: dns; mx

Final-Recipient: rfc822; wei@nimbus.example
Action: {action}
Status: {status} (bad destination mailbox address)

--=_x--
"""

REFERENCES_ONLY = """\
From: Microsoft Outlook <postmaster@nimbus.example>
Subject: Undeliverable: Your visit
In-Reply-To: <{token}@operator.example>
References: <{token}@operator.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="o"

--o
Content-Type: message/delivery-status

Reporting-MTA: dns;exchange

Final-recipient: RFC822;wei@nimbus.example
Action: {action}
Status: {status}
--o--
"""

GLOBAL = """\
From: postmaster@nimbus.example
MIME-Version: 1.0
Content-Type: multipart/report; report-type=global-delivery-status; boundary=g

--g
Content-Type: message/global-delivery-status

Reporting-MTA: dns; mx

Final-Recipient: utf-8; 魏@nimbus.example
Action: {action}
Status: {status}

--g
Content-Type: message/global-headers

From: register@operator.example
To: 魏@nimbus.example
Message-ID: <{token}@operator.example>

--g--
"""

FORMS = {"postfix": POSTFIX, "headers": HEADERS_ONLY, "envelope": ENVELOPE_ONLY, "references": REFERENCES_ONLY, "global": GLOBAL}

VACATION = """\
From: wei@nimbus.example
Subject: Out of office
Auto-Submitted: auto-replied
In-Reply-To: <{token}@operator.example>

I am away.
"""


def written(form: str, token: str, *, action: str = "failed", status: str = "5.1.1") -> bytes:
    """A notification as it comes over the wire."""
    return form.format(token=token, action=action, status=status).replace("\n", "\r\n").encode()
