"""A KMS at the network's edge, from AWS's documentation. Shares no code with its client.

JSON 1.1 over HTTP: `POST /` with `X-Amz-Target: TrentService.<Operation>`, errors as
`{"__type": …, "message": …}` with status 400, KMS's own faults with 500. Requests are signed
(Signature Version 4), and a wrong signature is refused. A ciphertext is bound to key and
encryption context, exactly and case-sensitively, as documented.

Source: AWS KMS API reference; "Signing AWS API requests"; "How to use encryption context".
"""

import base64
import hashlib
import hmac
import json
import os
import struct
import threading
import uuid
from collections import Counter, deque
from http.server import BaseHTTPRequestHandler
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .aws_server import AwsServer

REGION = "eu-central-1"
ACCOUNT = "111122223333"
ACCESS_KEY, SECRET_KEY = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
PLAINTEXT_MAX = 4_096  # bytes; Encrypt takes no more

JSON_11 = "application/x-amz-json-1.1"
_Answer = tuple[int, dict[str, Any]]


class KmsError(Exception):
    def __init__(self, code: str, message: str = "", status: int = 400) -> None:
        super().__init__(code)
        self.code, self.message, self.status = code, message, status


class KmsServer(AwsServer):
    """Runs in a thread, from `with` to the end. Keys are made with `create_key`."""

    def __init__(self) -> None:
        self._keys: dict[str, bytes] = {}  # by ARN
        self._states: dict[str, str] = {}
        self._aliases: dict[str, str] = {}
        self._lock = threading.Lock()
        self.calls: Counter[str] = Counter()  # by operation, refused ones included
        self.contexts: list[dict[str, str]] = []  # of what was answered
        self.failing: deque[tuple[int, str]] = deque()  # answers to come: status and code
        super().__init__(_handler_of(self))

    def create_key(self, alias: str | None = None) -> str:
        """Return the ARN of a new symmetric key."""
        arn = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{uuid.uuid4()}"
        self._keys[arn], self._states[arn] = os.urandom(32), "Enabled"
        if alias is not None:
            self._aliases[f"alias/{alias}"] = arn
        return arn

    def set_state(self, arn: str, state: str) -> None:
        """`Enabled`, `Disabled` or `PendingDeletion`."""
        self._states[arn] = state

    def fail(self, code: str, *, times: int = 1, status: int = 400) -> None:
        """Answer the next requests with an error, whatever they ask."""
        self.failing.extend([(status, code)] * times)

    def answer(self, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            self.calls[operation] += 1
            if self.failing:
                status, code = self.failing.popleft()
                raise KmsError(code, "Rate exceeded", status)
        handlers = {
            "DescribeKey": self._describe_key,
            "Encrypt": self._encrypt,
            "Decrypt": self._decrypt,
            "GenerateDataKey": self._generate_data_key,
            "ReEncrypt": self._re_encrypt,
        }
        if operation not in handlers:
            raise KmsError("UnknownOperationException")
        return handlers[operation](asked)

    def _describe_key(self, asked: dict[str, Any]) -> dict[str, Any]:
        arn = self._resolve(asked["KeyId"])
        state = self._states[arn]
        return {
            "KeyMetadata": {
                "AWSAccountId": ACCOUNT,
                "KeyId": arn.rsplit("/", 1)[1],
                "Arn": arn,
                "Enabled": state == "Enabled",
                "KeyState": state,
                "KeyUsage": "ENCRYPT_DECRYPT",
                "KeySpec": "SYMMETRIC_DEFAULT",
                "Origin": "AWS_KMS",
                "KeyManager": "CUSTOMER",
            }
        }

    def _encrypt(self, asked: dict[str, Any]) -> dict[str, Any]:
        arn = self._usable(asked["KeyId"])
        plaintext = base64.b64decode(asked["Plaintext"])
        if not 1 <= len(plaintext) <= PLAINTEXT_MAX:
            raise KmsError("ValidationException", "length of plaintext")
        blob = self._seal(arn, plaintext, asked.get("EncryptionContext"))
        return {
            "CiphertextBlob": _b64(blob),
            "KeyId": arn,
            "EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        }

    def _generate_data_key(self, asked: dict[str, Any]) -> dict[str, Any]:
        arn = self._usable(asked["KeyId"])
        if ("KeySpec" in asked) == ("NumberOfBytes" in asked):
            raise KmsError("ValidationException", "either KeySpec or NumberOfBytes")
        spec = {"AES_128": 16, "AES_256": 32}
        plaintext = os.urandom(asked.get("NumberOfBytes") or spec[asked["KeySpec"]])
        blob = self._seal(arn, plaintext, asked.get("EncryptionContext"))
        return {"CiphertextBlob": _b64(blob), "Plaintext": _b64(plaintext), "KeyId": arn}

    def _decrypt(self, asked: dict[str, Any]) -> dict[str, Any]:
        arn, plaintext = self._open(
            asked["CiphertextBlob"], asked.get("EncryptionContext"), asked.get("KeyId")
        )
        return {
            "KeyId": arn,
            "Plaintext": _b64(plaintext),
            "EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        }

    def _re_encrypt(self, asked: dict[str, Any]) -> dict[str, Any]:
        source, plaintext = self._open(
            asked["CiphertextBlob"], asked.get("SourceEncryptionContext"), asked.get("SourceKeyId")
        )
        arn = self._usable(asked["DestinationKeyId"])
        blob = self._seal(arn, plaintext, asked.get("DestinationEncryptionContext"))
        return {
            "CiphertextBlob": _b64(blob),
            "SourceKeyId": source,
            "KeyId": arn,
            "SourceEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
            "DestinationEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        }

    def _resolve(self, key_id: str) -> str:
        if key_id.startswith("arn:") and ":alias/" in key_id:
            key_id = key_id.split(":", 5)[5]
        arn = self._aliases.get(key_id, key_id)
        if not arn.startswith("arn:"):
            arn = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{arn}"
        if arn not in self._keys:
            raise KmsError("NotFoundException", f"Key '{arn}' does not exist")
        return arn

    def _usable(self, key_id: str) -> str:
        arn = self._resolve(key_id)
        if self._states[arn] == "Disabled":
            raise KmsError("DisabledException", f"{arn} is disabled.")
        if self._states[arn] != "Enabled":
            raise KmsError("KMSInvalidStateException", f"{arn} is pending deletion.")
        return arn

    def _seal(self, arn: str, plaintext: bytes, context: dict[str, str] | None) -> bytes:
        nonce, name = os.urandom(12), arn.encode()
        sealed = AESGCM(self._keys[arn]).encrypt(nonce, plaintext, _bound(context))
        self.contexts.append(dict(context or {}))
        return struct.pack(">H", len(name)) + name + nonce + sealed

    def _open(
        self, blob_text: str, context: dict[str, str] | None, key_id: str | None
    ) -> tuple[str, bytes]:
        blob = base64.b64decode(blob_text)
        try:
            (length,) = struct.unpack_from(">H", blob)
            made_by, rest = blob[2 : 2 + length].decode(), blob[2 + length :]
        except (struct.error, UnicodeDecodeError) as error:
            raise KmsError("InvalidCiphertextException") from error
        if made_by not in self._keys:
            raise KmsError("InvalidCiphertextException")
        arn = self._usable(key_id or made_by)
        if arn != made_by:
            raise KmsError("IncorrectKeyException")
        try:
            plaintext = AESGCM(self._keys[arn]).decrypt(rest[:12], rest[12:], _bound(context))
        except (InvalidTag, ValueError) as error:
            raise KmsError("InvalidCiphertextException") from error
        self.contexts.append(dict(context or {}))
        return arn, plaintext


def _bound(context: dict[str, str] | None) -> bytes:
    # Order does not matter, letter case does.
    return json.dumps(sorted((context or {}).items())).encode()


def _b64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _handler_of(kms: KmsServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            try:
                status, answer = 200, self._answer(body)
            except KmsError as error:
                status, answer = error.status, {"__type": error.code, "message": error.message}
            encoded = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", JSON_11)
            self.send_header("x-amzn-RequestId", str(uuid.uuid4()))
            self.send_header("Content-Length", str(len(encoded)))
            self.end_headers()
            self.wfile.write(encoded)

        def _answer(self, body: bytes) -> dict[str, Any]:
            if self.headers["Content-Type"] != JSON_11:
                raise KmsError("SerializationException", "Content-Type")
            service, _, operation = self.headers["X-Amz-Target"].partition(".")
            if service != "TrentService":
                raise KmsError("UnknownOperationException")
            _check_signature(self, body)
            return kms.answer(operation, json.loads(body))

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the library's name)
            """Say nothing: the test says what it saw."""

    return Handler


def _check_signature(request: BaseHTTPRequestHandler, body: bytes) -> None:
    """Refuse a request whose Signature Version 4 is not what its own content gives."""
    scheme, _, fields = request.headers.get("Authorization", "").partition(" ")
    if scheme != "AWS4-HMAC-SHA256":
        raise KmsError("MissingAuthenticationTokenException")
    parts = dict(one.strip().split("=", 1) for one in fields.split(","))
    access_key, day, region, service, last = parts["Credential"].split("/")
    if (access_key, region, service, last) != (ACCESS_KEY, REGION, "kms", "aws4_request"):
        raise KmsError("UnrecognizedClientException", "The security token is invalid.")
    names = parts["SignedHeaders"].split(";")
    headers = "".join(f"{name}:{' '.join(request.headers[name].split())}\n" for name in names)
    canonical = "\n".join(
        ["POST", "/", "", headers, ";".join(names), hashlib.sha256(body).hexdigest()]
    )
    scope = f"{day}/{region}/{service}/{last}"
    text = "\n".join(
        [
            scheme,
            request.headers["X-Amz-Date"],
            scope,
            hashlib.sha256(canonical.encode()).hexdigest(),
        ]
    )
    key = b"AWS4" + SECRET_KEY.encode()
    for one in (day, region, service, last):
        key = hmac.digest(key, one.encode(), "sha256")
    if not hmac.compare_digest(hmac.digest(key, text.encode(), "sha256").hex(), parts["Signature"]):
        raise KmsError("InvalidSignatureException", "The request signature we calculated ...")
