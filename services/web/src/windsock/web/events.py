"""What a viewer may say, checked strictly: an event that does not fit is refused whole and changes nothing."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from windsock.shared.errors import Code, WindsockError
from windsock.shared.messages import Id

__all__ = ["LiveRequest", "Shown", "Watch", "read_request", "read_shown", "read_visible", "read_watch"]

MOST_ITEMS: Final = 10_000
Offset = Annotated[int, Field(ge=0, lt=2**53)]


class _Event(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Wanted(_Event):
    """One stream to watch; with epoch and offset: what the viewer has of it."""

    id: Id
    epoch: Annotated[str, Field(max_length=64)] | None = None
    offset: Offset | None = None

    @model_validator(mode="after")
    def _both_or_none(self) -> Wanted:
        if (self.epoch is None) != (self.offset is None):
            msg = "epoch and offset belong together"
            raise ValueError(msg)
        return self


def _named(value: object) -> object:
    """A stream may be named by its id alone."""
    return {"id": value} if isinstance(value, str) else value


class Watch(_Event):
    """The event `watch`."""

    add: Annotated[list[Wanted], Field(max_length=MOST_ITEMS)] = []
    remove: Annotated[list[Id], Field(max_length=MOST_ITEMS)] = []


class Shown(_Event):
    """The event `shown`. Not `seen`: its panel is out of sight, so the next picture of this stream can wait."""

    id: Id
    offset: Offset
    seen: StrictBool = True


class LiveRequest(_Event):
    """A message on `/v1/live`."""

    watch: Annotated[list[Annotated[Wanted, BeforeValidator(_named)]], Field(max_length=MOST_ITEMS)] = []
    unwatch: Annotated[list[Id], Field(max_length=MOST_ITEMS)] = []
    shown: Shown | None = None
    visible: StrictBool | None = None


_VISIBLE: Final[TypeAdapter[bool]] = TypeAdapter(StrictBool)


def read_watch(payload: object) -> Watch:
    """Raises WindsockError `invalid`."""
    try:
        return Watch.model_validate(payload)
    except ValidationError as error:
        raise _refusal("watch", error) from None


def read_shown(payload: object) -> Shown:
    """Raises WindsockError `invalid`."""
    try:
        return Shown.model_validate(payload)
    except ValidationError as error:
        raise _refusal("shown", error) from None


def read_visible(payload: object) -> bool:
    """Raises WindsockError `invalid`."""
    try:
        return _VISIBLE.validate_python(payload)
    except ValidationError as error:
        raise _refusal("visible", error) from None


def read_request(payload: object) -> LiveRequest:
    """Raises WindsockError `invalid`."""
    try:
        return LiveRequest.model_validate(payload)
    except ValidationError as error:
        raise _refusal("", error) from None


def _refusal(event: str, error: ValidationError) -> WindsockError:
    problem: Any = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in problem["loc"])
    return WindsockError(
        Code.INVALID, f"{event}{'.' if event and where else ''}{where}: {problem['msg'].removeprefix('Value error, ')}"
    )
