"""A Secrets Manager at the network's edge, from AWS's documentation; no code of its client's.

JSON 1.1 over HTTP: `POST /` with `X-Amz-Target: secretsmanager.GetSecretValue`, signed with
Signature Version 4; a wrong signature is refused. Source: Secrets Manager API reference;
"Signing AWS API requests".
"""

import hashlib
import hmac
import json
from http.server import BaseHTTPRequestHandler
from typing import Any

from ...aws_server import AwsServer

REGION = "eu-west-2"
SECRET_ARN = f"arn:aws:secretsmanager:{REGION}:111122223333:secret:antiphon/signing-AbCdEf"
ACCESS_KEY, SECRET_KEY = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
SESSION_TOKEN = "IQoJb3JpZ2luX2VjEXAMPLE"


class SecretsServer(AwsServer):
    """Runs in a thread, from `with` to the end. `secret` is what it hands out."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.asked = 0
        super().__init__(_handler_of(self))

    def answer(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        self.asked += 1
        if asked != {"SecretId": SECRET_ARN}:
            return 400, {"__type": "ResourceNotFoundException"}
        return 200, {"ARN": SECRET_ARN, "Name": "antiphon/signing", "SecretString": self.secret}


def _handler_of(secrets: SecretsServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, answer = 400, {"__type": "InvalidSignatureException"}
            if self.headers["X-Amz-Target"] != "secretsmanager.GetSecretValue":
                answer = {"__type": "UnknownOperationException"}
            elif _is_signed(self, body):
                status, answer = secrets.answer(json.loads(body))
            encoded = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(encoded)))
            self.end_headers()
            self.wfile.write(encoded)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the library's name)
            """Say nothing: the test says what it saw."""

    return Handler


def _is_signed(request: BaseHTTPRequestHandler, body: bytes) -> bool:
    scheme, _, fields = request.headers.get("Authorization", "").partition(" ")
    if scheme != "AWS4-HMAC-SHA256" or request.headers["X-Amz-Security-Token"] != SESSION_TOKEN:
        return False
    parts = dict(one.strip().split("=", 1) for one in fields.split(","))
    access_key, *scope = parts["Credential"].split("/")
    if access_key != ACCESS_KEY or scope[1:] != [REGION, "secretsmanager", "aws4_request"]:
        return False
    names = parts["SignedHeaders"].split(";")
    headers = "".join(f"{name}:{' '.join(request.headers[name].split())}\n" for name in names)
    canonical = "\n".join(
        ["POST", "/", "", headers, ";".join(names), hashlib.sha256(body).hexdigest()]
    )
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join([scheme, request.headers["X-Amz-Date"], "/".join(scope), digest])
    key = b"AWS4" + SECRET_KEY.encode()
    for one in scope:
        key = hmac.digest(key, one.encode(), "sha256")
    return hmac.compare_digest(hmac.digest(key, text.encode(), "sha256").hex(), parts["Signature"])
