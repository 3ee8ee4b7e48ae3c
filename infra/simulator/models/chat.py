"""The OpenAI-compatible door: what it refuses, and how its answers look.

Source: OpenAI API reference, "Create chat completion", "Create embeddings", "List models",
"Structured outputs" and "Error codes"; what vLLM and Fireworks do alike.
"""

import base64
import json
import math
import re
import struct
import time
import uuid
from typing import Any, cast

from .asked import Asked, BadRequest
from .misbehaviour import Misbehaviour

CONTEXT_TOKENS_MAX = 128_000
_CHARS_PER_TOKEN = 4  # of English, about
_SCHEMA_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_ROLES = {"system", "developer", "user", "assistant", "tool"}
_INPUTS_MAX = 2_048  # texts of one request for embeddings


def chat_of(body: Any, *, prompt: str, headers: tuple[tuple[str, str], ...]) -> Asked:
    """Return what was asked of a chat model.

    Raises:
        BadRequest: as the API would refuse it.
    """
    model = _model_of(body)
    told = body.get("messages")
    if not isinstance(told, list) or not told:
        raise BadRequest(400, "'messages' must hold at least one message.", param="messages")
    messages = tuple(_message(one, index) for index, one in enumerate(cast("list[Any]", told)))
    if body.get("stream"):
        raise BadRequest(400, "Streaming is not served here.", param="stream")
    schema, json_only = _format_of(body.get("response_format"))
    tokens_max = body.get("max_completion_tokens", body.get("max_tokens"))
    if tokens_max is not None and (not isinstance(tokens_max, int) or tokens_max < 1):
        raise BadRequest(400, "The limit of tokens must be at least 1.", param="max_tokens")
    asked = Asked(
        door="chat",
        model=model,
        prompt=prompt,
        messages=messages,
        json_schema=schema,
        json_only=json_only,
        tokens_max=tokens_max,
        body=body,
        headers=headers,
    )
    if _prompt_tokens(asked) + (tokens_max or 0) > CONTEXT_TOKENS_MAX:
        message = f"This model's maximum context length is {CONTEXT_TOKENS_MAX} tokens."
        raise BadRequest(400, message, code="context_length_exceeded", param="messages")
    return asked


def completion(asked: Asked, said: str, bad: Misbehaviour) -> dict[str, Any]:
    """Return the answer to a chat. A text beyond the limit of tokens is cut, and says so."""
    text = said if bad.text is None else bad.text
    finish = "stop"
    if asked.tokens_max is not None and tokens_in(text) > asked.tokens_max:
        text, finish = text[: asked.tokens_max * _CHARS_PER_TOKEN], "length"
    message = {"role": "assistant", "content": None if bad.silent else text, "refusal": None}
    choice = {
        "message": message,
        "logprobs": None,
        "finish_reason": bad.finish or finish,
    }
    count = 1 if bad.choices is None else bad.choices
    prompt_tokens, answer_tokens = _prompt_tokens(asked), tokens_in(text)
    return {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": asked.model,
        "choices": [{"index": index, **choice} for index in range(count)],
        "usage": {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": answer_tokens,
            "total_tokens": prompt_tokens + answer_tokens,
        },
    }


def embeddings_of(body: Any, *, headers: tuple[tuple[str, str], ...]) -> Asked:
    """Return what was asked of an embedding model.

    Raises:
        BadRequest: as the API would refuse it.
    """
    model, given = _model_of(body), body.get("input")
    told = cast("list[Any]", given) if isinstance(given, list) else [given]
    if not told or not all(isinstance(one, str) for one in told):
        raise BadRequest(400, "'input' is a text or several.", param="input")
    if len(told) > _INPUTS_MAX:
        raise BadRequest(400, f"'input' holds {_INPUTS_MAX} texts at most.", param="input")
    texts = tuple(cast("list[str]", told))
    return Asked(door="embeddings", model=model, texts=texts, body=body, headers=headers)


def embedded(asked: Asked, vectors: list[list[float]], bad: Misbehaviour) -> dict[str, Any]:
    """Return the answer to a request for embeddings, in the encoding that was asked for."""
    if bad.not_numbers:
        vectors = [[math.nan for _ in vector] for vector in vectors]
    is_base64 = asked.body.get("encoding_format") == "base64"
    entries = [
        {
            "object": "embedding",
            "index": index,
            "embedding": _base64(vector) if is_base64 else vector,
        }
        for index, vector in enumerate(vectors)
    ]
    tokens = sum(map(tokens_in, asked.texts))
    return {
        "object": "list",
        "data": entries[: len(entries) - bad.drops],
        "model": asked.model,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def models(names: tuple[str, ...]) -> dict[str, Any]:
    """Return the list of models."""
    entries = [
        {"id": name, "object": "model", "created": 0, "owned_by": "antiphon"} for name in names
    ]
    return {"object": "list", "data": entries}


def error_body(message: str, *, code: str, param: str, status: int) -> dict[str, Any]:
    """Return an error as the API tells it."""
    kind = "server_error" if status >= 500 else "invalid_request_error"  # noqa: PLR2004
    told = {"message": message, "type": kind, "param": param or None, "code": code or None}
    return {"error": told}


def tokens_in(text: str) -> int:
    """Return about how many tokens a text has."""
    return math.ceil(len(text) / _CHARS_PER_TOKEN)


def _prompt_tokens(asked: Asked) -> int:
    return sum(tokens_in(text) for _, text in asked.messages)


def _model_of(body: Any) -> str:
    if not isinstance(body, dict):
        raise BadRequest(400, "We could not parse the JSON body of your request.")
    model: Any = cast("dict[str, Any]", body).get("model")
    if not isinstance(model, str) or not model:
        raise BadRequest(400, "you must provide a model parameter", param="model")
    return model


def _message(told: Any, index: int) -> tuple[str, str]:
    one = cast("dict[str, Any]", told if isinstance(told, dict) else {})
    role, content = one.get("role"), one.get("content")
    if role not in _ROLES:
        raise BadRequest(400, f"Invalid value: '{role}'.", param=f"messages[{index}].role")
    if not isinstance(content, str):
        message = f"Invalid type for 'messages[{index}].content'."
        raise BadRequest(400, message, param=f"messages[{index}].content")
    return str(role), content


def _format_of(told: Any) -> tuple[dict[str, Any] | None, bool]:
    match told:
        case None | {"type": "text"}:
            return None, False
        case {"type": "json_object"}:
            return None, True
        case {"type": "json_schema", "json_schema": {"name": str(name), "schema": dict()} as one}:
            if not _SCHEMA_NAME.fullmatch(name):
                param = "response_format.json_schema.name"
                raise BadRequest(400, f"Invalid '{param}'.", code="invalid_value", param=param)
            schema = cast("dict[str, Any]", one["schema"])
            if cast("dict[str, Any]", one).get("strict"):
                _check_strict(schema, name)
            return schema, True
        case _:
            raise BadRequest(400, "Invalid 'response_format'.", param="response_format")


def _check_strict(schema: Any, name: str) -> None:
    """Refuse a schema that Structured Outputs does not take.

    Source: "Supported schemas": all fields required, and no others, in every object.
    """
    if isinstance(schema, list):
        for one in cast("list[Any]", schema):
            _check_strict(one, name)
    if not isinstance(schema, dict):
        return
    told = cast("dict[str, Any]", schema)
    if told.get("type") == "object":
        fields = set(cast("dict[str, Any]", told.get("properties", {})))
        if told.get("additionalProperties") is not False or set(told.get("required", ())) != fields:
            message = f"Invalid schema for response_format '{name}'."
            raise BadRequest(400, message, param="response_format")
    for one in told.values():
        _check_strict(one, name)


def _base64(vector: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


def decoded(body: bytes) -> Any:
    """Return a body's JSON.

    Raises:
        BadRequest: it is none.
    """
    try:
        return json.loads(body)
    except ValueError:
        message = "We could not parse the JSON body of your request."
        raise BadRequest(400, message) from None
