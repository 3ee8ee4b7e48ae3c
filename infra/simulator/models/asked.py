"""What a client asked, as the server understood it."""

from typing import Any, Literal

from msgspec import Struct

Door = Literal["chat", "embeddings", "kserve", "torchserve"]


class Asked(Struct, frozen=True, kw_only=True):
    """One request for an answer. Health checks and lists of models are not among them."""

    door: Door
    model: str
    prompt: str = ""  # the header `X-Prompt`: which prompt the messages were made of
    messages: tuple[tuple[str, str], ...] = ()  # role and text, of a chat
    texts: tuple[str, ...] = ()  # of what is embedded or classified
    json_schema: dict[str, Any] | None = None
    json_only: bool = False  # JSON of any shape was asked for
    tokens_max: int | None = None
    body: Any = None  # all that was sent, decoded
    headers: tuple[tuple[str, str], ...] = ()  # without the key


class BadRequest(Exception):  # not an error of ours: the answer to a client's
    """A request that the service would not serve."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str = "",
        param: str = "",
        retry_after: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.param = param
        self.retry_after = retry_after
