"""Which models there are, from a file that may change: `docs/models.md` tells what it holds.

YAML, and so JSON as well. A complaint names line and field. Keys stand in the environment: the
file names the variable that holds one.
"""

import os
import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NoReturn, TypeVar, cast, get_args
from urllib.parse import urlsplit

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from ..errors import SettingWrong
from ..events.base import is_tenant
from ..services.models import Task
from ..services.router.settings import (
    NO_MODELS,
    BudgetSettings,
    EndpointSettings,
    ModelSettings,
    ModelsSettings,
    TenantSettings,
)
from .watched_file import WatchedFile

VARIABLE = "ANTIPHON_MODELS_FILE"
_BYTES_MAX = 1 << 20  # thousands of tenants and adapters
_TASKS: tuple[str, ...] = get_args(Task)
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,62}")
# Who can serve what.
_PROVIDERS_OF = {
    "text": ("openai",),
    "classifier": ("kserve", "torchserve"),
    "embedder": ("openai", "kserve", "torchserve"),
}

Kind = TypeVar("Kind")
Where = tuple[str, ...]


def models_in(
    path: Path | None, *, environ: Mapping[str, str] = os.environ
) -> Callable[[], ModelsSettings]:
    """Return what says which models there are now; none where there is no file.

    Raises:
        SettingWrong: the file is not what it should be. One that becomes so later changes
            nothing until it is mended, and is logged.
    """
    if path is None:
        return lambda: NO_MODELS
    file = WatchedFile(path, partial(_read, environ=environ), variable=VARIABLE)
    return lambda: file.content


def _read(path: Path, *, environ: Mapping[str, str]) -> ModelsSettings:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SettingWrong(VARIABLE, f"cannot be read ({error.strerror})") from error
    if len(content) > _BYTES_MAX:
        raise SettingWrong(VARIABLE, f"is longer than {_BYTES_MAX} bytes")
    return _File(content).settings(environ)


class _File:
    """The file as values, and where each stands."""

    def __init__(self, content: bytes) -> None:
        try:
            text = content.decode()
            self._node: Any = cast("Any", YAML(typ="safe", pure=True)).compose(text)
            self._told: Any = cast("Any", YAML(typ="safe", pure=True)).load(text)
        except MarkedYAMLError as error:
            marked: Any = error
            line = f"line {marked.problem_mark.line + 1}: " if marked.problem_mark else ""
            raise SettingWrong(VARIABLE, f"{line}{marked.problem}") from error
        except (YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
            raise SettingWrong(VARIABLE, "is no YAML") from error

    def settings(self, environ: Mapping[str, str]) -> ModelsSettings:
        known = ("endpoints", "models", "tasks", "tenants", "budget")
        told = self._told = self._mapping((), self._told)
        for name in told:
            if name not in known:
                self._refuse((name,), f"unknown field; known are {', '.join(known)}")
        endpoints = {
            name: self._endpoint(("endpoints", name), one, environ)
            for name, one in self._named("endpoints")
        }
        models = {
            name: self._model(("models", name), one, endpoints)
            for name, one in self._named("models")
        }
        tenants = {
            name: self._tenant(("tenants", name), one, models)
            for name, one in self._mapping(("tenants",), told.get("tenants")).items()
        }
        tasks = self._tasks(("tasks",), told.get("tasks"), models, may_be_none=False)
        budget = self._converted(("budget",), told.get("budget") or {}, BudgetSettings)
        return ModelsSettings(
            endpoints=endpoints,
            models=models,
            tasks=cast("Any", tasks),
            tenants=cast("Any", tenants),
            budget=budget,
        )

    def _endpoint(self, path: Where, told: Any, environ: Mapping[str, str]) -> EndpointSettings:
        if isinstance(told, dict) and "key" in told:
            self._refuse((*path, "key"), "no key stands in the file: `key_env` names its variable")
        one = self._converted(path, told, EndpointSettings)
        if not _is_address(one.url):
            self._refuse((*path, "url"), "must read https://host:port/path, without key or query")
        if one.key_env is None:
            return one
        key = environ.get(one.key_env, "").strip()
        if not key:
            self._refuse((*path, "key_env"), f"the variable {one.key_env} is not set")
        return msgspec.structs.replace(one, key=key)

    def _model(
        self, path: Where, told: Any, endpoints: Mapping[str, EndpointSettings]
    ) -> ModelSettings:
        one = self._converted(path, told, ModelSettings)
        if len(set(one.endpoints)) < len(one.endpoints):
            self._refuse((*path, "endpoints"), "names one of them twice")
        for name in one.endpoints:
            if name not in endpoints:
                self._refuse((*path, "endpoints"), f"there is no endpoint {name}")
            if endpoints[name].provider not in _PROVIDERS_OF[one.kind]:
                problem = f"an endpoint of {endpoints[name].provider} serves no {one.kind}"
                self._refuse((*path, "endpoints"), problem)
        if one.kind == "embedder" and one.dimensions is None:
            self._refuse(path, "`dimensions` is missing: an embedder says how many")
        if len(set(one.labels)) < len(one.labels):
            self._refuse((*path, "labels"), "names one of them twice")
        return one

    def _tenant(
        self, path: Where, told: Any, models: Mapping[str, ModelSettings]
    ) -> TenantSettings:
        if not is_tenant(path[-1]):
            self._refuse(path, "is no tenant's name")
        given = self._mapping(path, told)
        self._tasks((*path, "tasks"), given.get("tasks"), models, may_be_none=True)
        for task in self._mapping((*path, "adapters"), given.get("adapters")):
            self._check_task((*path, "adapters", task))
        one = self._converted(path, given, TenantSettings)
        for name in one.classifiers or ():
            if name not in models or models[name].kind != "classifier":
                self._refuse((*path, "classifiers"), f"there is no classifier {name}")
        return one

    def _tasks(
        self,
        path: Where,
        told: Any,
        models: Mapping[str, ModelSettings],
        *,
        may_be_none: bool,
    ) -> dict[str, Any]:
        given = self._mapping(path, told)
        for task, name in given.items():
            self._check_task((*path, task))
            if name is None and may_be_none:
                continue
            if not isinstance(name, str) or name not in models or models[name].kind != "text":
                self._refuse((*path, task), f"there is no text model {name!r}"[:120])
        return given

    def _check_task(self, path: Where) -> None:
        if path[-1] not in _TASKS:
            self._refuse(path, f"is no task; tasks are {', '.join(_TASKS)}")

    def _named(self, field: str) -> list[tuple[str, Any]]:
        entries = self._mapping((field,), self._told.get(field))
        for name in entries:
            if not _NAME.fullmatch(name):
                self._refuse((field, name), "is no name: lower-case letters, digits, `_`, `.`, `-`")
        return list(entries.items())

    def _mapping(self, path: Where, told: Any) -> dict[str, Any]:
        if told is None:
            return {}
        if not isinstance(told, dict):
            self._refuse(path, "names and values were expected")
        entries = cast("dict[Any, Any]", told)
        for name in entries:
            if not isinstance(name, str):
                self._refuse(path, f"{name!r} has to stand in quotes, to be a name"[:120])
        return entries

    def _converted(self, path: Where, told: Any, kind: type[Kind]) -> Kind:
        try:
            return msgspec.convert(told, kind)
        except msgspec.ValidationError as error:
            problem, _, where = str(error).partition(" - at `$")
            inner = tuple(re.findall(r"[^.`\[\]]+", where))
            self._refuse((*path, *inner), problem)

    def _refuse(self, path: Where, problem: str) -> NoReturn:
        shown = ".".join(one for one in path if one != "...")
        where = f"line {self._line(path)}" + (f", {shown}" if shown else "")
        raise SettingWrong(VARIABLE, f"{where}: {problem}")

    def _line(self, path: Where) -> int:
        """Return the line of a field, or of the nearest one around it that is there."""
        node, line = self._node, 1
        for name in path:
            # A mapping's value are pairs of nodes, a list's are nodes.
            pairs = cast("list[Any]", node.value) if getattr(node, "id", "") == "mapping" else []
            found = [pair for pair in pairs if str(pair[0].value) == name]
            if not found:
                break
            line = int(found[0][0].start_mark.line) + 1
            node = found[0][1]
        return line


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises where it is no number
    except ValueError:
        return False
    return bool(parts.hostname) and "@" not in parts.netloc and not (parts.query or parts.fragment)
