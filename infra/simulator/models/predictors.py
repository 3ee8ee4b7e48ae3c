"""Two doors of predictors: KServe's Open Inference Protocol v2, and TorchServe's.

Source: Open Inference Protocol, "HTTP/REST"; TorchServe, "Inference API", its handler
`text_classifier`, whose answer maps labels to probabilities.
"""

import json
import math
from typing import Any, cast

from .asked import Asked, BadRequest
from .misbehaviour import Misbehaviour

KSERVE_VERSION = "1"


def inference_of(model: str, body: Any, *, headers: tuple[tuple[str, str], ...]) -> Asked:
    """Return what was asked of `/v2/models/{model}/infer`: one input of datatype BYTES.

    Raises:
        BadRequest: as the server would refuse it.
    """
    match body:
        case {"inputs": [{"name": str(), "datatype": "BYTES", "shape": [*_], "data": [*_]} as one]}:
            texts = cast("list[Any]", one["data"])
            wanted = math.prod(cast("list[int]", one["shape"]))
            if wanted != len(texts) or not all(isinstance(text, str) for text in texts):
                raise BadRequest(400, f"unexpected shape for input: {wanted}, got {len(texts)}")
            return Asked(door="kserve", model=model, texts=tuple(texts), body=body, headers=headers)
        case _:
            raise BadRequest(400, "expected one input of datatype BYTES")


def inferred(asked: Asked, rows: list[list[float]], bad: Misbehaviour) -> dict[str, Any]:
    """Return FP32 numbers, a row a text."""
    if bad.not_numbers:
        rows = [[math.nan for _ in row] for row in rows]
    rows = rows[: len(rows) - bad.drops]
    width = len(rows[0]) if rows else 0
    output = {
        "name": "output",
        "datatype": "FP32",
        "shape": [len(rows), width],
        "data": [value for row in rows for value in row],
    }
    answer: dict[str, Any] = {
        "model_name": asked.model,
        "model_version": KSERVE_VERSION,
        "outputs": [output],
    }
    if "id" in asked.body:
        answer["id"] = asked.body["id"]
    return answer


def labelled(asked: Asked, scores: list[dict[str, float]], bad: Misbehaviour) -> dict[str, Any]:
    """Return scores by label, as JSON in BYTES: what MLServer's runtime of Hugging Face does."""
    told = [json.dumps(one) for one in scores[: len(scores) - bad.drops]]
    output = {"name": "output", "datatype": "BYTES", "shape": [len(told), 1], "data": told}
    return {
        "model_name": asked.model,
        "model_version": KSERVE_VERSION,
        "outputs": [output],
    }


def prediction_of(model: str, body: bytes, *, headers: tuple[tuple[str, str], ...]) -> Asked:
    """Return what was asked of `/predictions/{model}`: the body is the text.

    Raises:
        BadRequest: it is no text.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise BadRequest(400, "the body is no text") from None
    return Asked(door="torchserve", model=model, texts=(text,), body=text, headers=headers)


def kserve_error(message: str) -> dict[str, Any]:
    """Return an error as the protocol tells it."""
    return {"error": message}


def torchserve_error(message: str, *, status: int) -> dict[str, Any]:
    """Return an error as TorchServe tells it."""
    kind = {404: "ModelNotFoundException", 503: "ServiceUnavailableException"}
    return {"code": status, "type": kind.get(status, "InternalServerException"), "message": message}
