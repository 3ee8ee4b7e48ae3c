"""Every deliberate error has a code of its own, and the tree in the docstring is the tree."""

import re

import antiphon.errors
from antiphon.errors import AntiphonError, Fault, Refused


def every_error() -> list[type[AntiphonError]]:
    found: list[type[AntiphonError]] = []
    unseen: list[type[AntiphonError]] = [AntiphonError]
    while unseen:
        error = unseen.pop()
        found.append(error)
        # Only ours: a test elsewhere may have made one.
        unseen += [
            one for one in error.__subclasses__() if one.__module__.startswith("antiphon.errors.")
        ]
    return found


def leaves() -> list[type[AntiphonError]]:
    every = every_error()
    return [error for error in every if not any(other.__base__ is error for other in every)]


def test_every_leaf_has_a_snake_case_code_of_its_own() -> None:
    codes = [error.__dict__.get("code", f"{error.__name__} has none") for error in leaves()]

    assert [code for code in codes if not re.fullmatch(r"[a-z]+(_[a-z]+)*", code)] == []
    assert len(set(codes)) == len(codes)


def test_what_is_not_a_leaf_has_no_code() -> None:
    coded = [error.__name__ for error in every_error() if "code" in error.__dict__]

    assert sorted(coded) == sorted(error.__name__ for error in leaves())


def test_every_leaf_is_refused_or_a_fault() -> None:
    assert [error for error in leaves() if not issubclass(error, Refused | Fault)] == []


def test_the_docstring_draws_the_tree_as_it_is() -> None:
    drawn: list[tuple[str, str | None]] = []
    above: list[str] = []
    for line in (antiphon.errors.__doc__ or "").splitlines():
        if (
            found := re.match(r"^((?:│   |    )*)(?:├── |└── )?([A-Z]\w+)(?:\s{2}|$)", line)
        ) is None:
            continue
        depth = len(found[1]) // 4 + (1 if "── " in line else 0)
        above[depth:] = [found[2]]
        drawn.append((found[2], above[depth - 1] if depth else None))

    real = [
        (error.__name__, None if error is AntiphonError else error.__bases__[0].__name__)
        for error in every_error()
    ]
    assert sorted(drawn, key=str) == sorted(real, key=str)
