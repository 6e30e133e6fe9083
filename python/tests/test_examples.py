from __future__ import annotations

import datetime
import enum
from typing import Optional, Union

import pytest

from stanch_runner import examples


class Size(enum.Enum):
    SMALL = "small"


class EmailStr(str):
    """Called like the type of pydantic."""


class HttpUrl(str):
    """Called like the type of pydantic."""


class Model:
    """Looks like a model of pydantic 2."""

    class _Field:
        def __init__(self, annotation):
            self.annotation = annotation
            self.alias = None

    model_fields = {"size": _Field(Size), "count": _Field(Optional[int]), "name": _Field(str)}


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        (str, None),
        (Optional[int], 7),
        (Union[None, float], 7.5),
        (list[int], [7]),
        (list, ["text"]),
        (Size, "small"),
        (datetime.date, "2020-01-02"),
        (Model, {"size": "small", "count": 7, "name": "text"}),
        (EmailStr, None),
        (list[EmailStr], ["user@example.com"]),
        (HttpUrl, "https://example.com/"),
        (object(), None),
    ],
)
def test_a_value_of_the_declared_type(declared, value):
    assert examples.example(declared) == value
