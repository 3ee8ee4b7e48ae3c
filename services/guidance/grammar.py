"""What may stand where in a file, said once: it reads the file, and it is its JSON Schema.

A shape reads a `Field`, or refuses it with its line. `moments` are the names that the file
may refer to; a schema cannot know them, nor whether a phrase can be read, and leaves both to
the reader.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Protocol

from msgspec import Struct, field

from .fields import Field

Json = dict[str, Any]

# A number or a `true` of a YAML file is a text where a text is wanted.
_TEXTS = ["string", "number", "boolean"]


class Shape(Protocol):
    """What may stand at a place."""

    def read(self, field: Field, *, moments: Collection[str]) -> Any:
        """Return what stands there.

        Raises:
            PlaybookMalformed: something else stands there.
        """
        ...

    def schema(self) -> Json:
        """Return the same as JSON Schema 2020-12."""
        ...


class Text(Struct, frozen=True, kw_only=True):
    """A text; `reads` makes something of it, or raises ValueError with what is wrong."""

    chars_max: int
    reads: Callable[[str], Any] = str
    means: str = ""

    def read(self, field: Field, *, moments: Collection[str]) -> Any:  # noqa: ARG002 (a shape)
        text = field.text(chars_max=self.chars_max)
        try:
            return self.reads(text)
        except ValueError as error:
            field.refuse(str(error))

    def schema(self) -> Json:
        described = {"description": self.means} if self.means else {}
        return {"type": _TEXTS, "minLength": 1, "maxLength": self.chars_max, **described}


class Word(Struct, frozen=True):
    """One of several words, each with what it stands for."""

    meanings: Mapping[str, Any]

    def read(self, field: Field, *, moments: Collection[str]) -> Any:  # noqa: ARG002 (a shape)
        return self.meanings[field.choice(self.meanings)]

    def schema(self) -> Json:
        return {"enum": list(self.meanings)}


def words(*names: str) -> Word:
    """Return the shape of a word that stands for itself."""
    return Word({name: name for name in names})


class Flag(Struct, frozen=True):
    """`true` or `false`."""

    def read(self, field: Field, *, moments: Collection[str]) -> bool:  # noqa: ARG002 (a shape)
        return field.flag()

    def schema(self) -> Json:
        return {"enum": [True, False, "true", "false"]}


class Whole(Struct, frozen=True, kw_only=True):
    """A whole number."""

    least: int
    most: int

    def read(self, field: Field, *, moments: Collection[str]) -> int:  # noqa: ARG002 (a shape)
        return field.whole(least=self.least, most=self.most)

    def schema(self) -> Json:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


class Decimal(Struct, frozen=True, kw_only=True):
    """A number with digits after a point, or none."""

    least: float
    most: float

    def read(self, field: Field, *, moments: Collection[str]) -> float:  # noqa: ARG002 (a shape)
        return field.decimal(least=self.least, most=self.most)

    def schema(self) -> Json:
        return {"type": "number", "minimum": self.least, "maximum": self.most}


class Moments(Struct, frozen=True, kw_only=True):
    """The name of a moment, or one of the words `besides`."""

    besides: tuple[str, ...] = ()

    def read(self, field: Field, *, moments: Collection[str]) -> str:
        return field.choice((*moments, *self.besides))

    def schema(self) -> Json:
        return {"type": _TEXTS, "minLength": 1, "description": "The name of a moment."}


class Each(Struct, frozen=True, kw_only=True):
    """A list of at least one, each of one shape."""

    of: Shape
    most: int
    least: int = 1
    into: Callable[[list[Any]], Any] = tuple

    def read(self, field: Field, *, moments: Collection[str]) -> Any:
        fields = field.items(most=self.most)
        if len(fields) < self.least:
            field.refuse(f"has fewer than {self.least} items")
        return self.into([self.of.read(one, moments=moments) for one in fields])

    def schema(self) -> Json:
        bounds = {"minItems": self.least, "maxItems": self.most}
        return {"type": "array", "items": self.of.schema(), **bounds}


class Record(Struct, frozen=True, kw_only=True):
    """Names and values, the names known."""

    required: Mapping[str, Shape]
    optional: Mapping[str, Shape] = field(default_factory=dict[str, Shape])

    def read(self, field: Field, *, moments: Collection[str]) -> dict[str, Any]:
        shapes = {**self.required, **self.optional}
        fields = field.fields(required=self.required, optional=self.optional)
        return {name: shapes[name].read(one, moments=moments) for name, one in fields.items()}

    def schema(self) -> Json:
        shapes = {**self.required, **self.optional}
        return {
            "type": "object",
            "required": list(self.required),
            "properties": {name: shape.schema() for name, shape in shapes.items()},
            "additionalProperties": False,
        }


class Kinds(Struct, frozen=True):
    """A record of one of several kinds. The first field a kind requires says which it is."""

    kinds: Mapping[str, Record]

    def read(self, field: Field, *, moments: Collection[str]) -> tuple[str, dict[str, Any]]:
        found = [name for name in field.entries() if name in self.kinds]
        if len(found) != 1:
            listed = ", ".join(f"`{name}`" for name in self.kinds)
            field.refuse(f"exactly one of these must stand here: {listed}")
        return found[0], self.kinds[found[0]].read(field, moments=moments)

    def schema(self) -> Json:
        return {"oneOf": [record.schema() for record in self.kinds.values()]}


class Entries(Struct, frozen=True, kw_only=True):
    """Values by names that the author gives."""

    of: Shape
    most: int

    def read(self, field: Field, *, moments: Collection[str]) -> dict[str, Any]:
        fields = field.entries()
        if len(fields) > self.most:
            field.refuse(f"has more than {self.most} entries")
        return {name: self.of.read(one, moments=moments) for name, one in fields.items()}

    def schema(self) -> Json:
        return {
            "type": "object",
            "additionalProperties": self.of.schema(),
            "maxProperties": self.most,
        }
