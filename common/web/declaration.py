"""The declaration of an HTTP function. The `endpoint` decorator and the OpenAPI document use it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from pydantic import BaseModel
from werkzeug import Request

from common.errors import SlotledgerError
from common.web.parsing import parse_body, parse_query

Access = Literal["public", "user", "tutor", "admin"]
Tag = Literal["Availability", "Bookings", "Tutors", "Weekly schedule", "History", "Statistics", "Maintenance"]


@dataclass(frozen=True, slots=True)
class Declaration:
    """The properties of an HTTP function. `examples.json`, in its folder, has examples for the OpenAPI document."""

    methods: tuple[str, ...]  # without HEAD and OPTIONS
    access: Access  # `user` means everybody with a token, and `tutor` the tutor and admins
    docstring: str
    operation_id: str
    tag: Tag
    answer: Any  # a type, or a union of types
    creates: bool = False  # whether the status can also be 201
    query: type[BaseModel] | None = None
    body: Any = None  # a model, or a union of models, of which a body fits exactly one
    parse: Callable[[Request], Any] | None = None  # reads a body that is a union
    # Without the errors that all functions raise, and those that follow from the access and the body.
    errors: tuple[type[SlotledgerError], ...] = ()
    # A public function authenticates callers who send a token, if this parameter is `true`; or always.
    identity_parameter: str | None = None
    identifies_callers: bool = False
    # By header, a description and a schema. With `If-None-Match`, the function can answer 304.
    request_headers: Mapping[str, tuple[str, Mapping[str, Any]]] = field(default_factory=dict)
    # Descriptions of the headers that no other function has, and of the media types besides JSON.
    answer_headers: Mapping[str, str] = field(default_factory=dict)
    other_formats: Mapping[str, str] = field(default_factory=dict)

    def reads_token(self, request: Request) -> bool:
        """Return whether to authenticate the caller: always, or for a public function only if it uses the token."""
        if self.access != "public":
            return True
        has_parameter = self.identity_parameter is not None and request.args.get(self.identity_parameter) == "true"
        return (self.identifies_callers or has_parameter) and "HTTP_AUTHORIZATION" in request.environ

    def input_parser(self) -> Callable[[Request], Any] | None:
        """Return the function that reads the query or the body; None if the function has neither."""
        if self.parse is not None:
            return self.parse
        if self.query is not None:
            return partial(parse_query, self.query)
        return partial(parse_body, self.body) if self.body is not None else None
