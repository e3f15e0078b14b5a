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
Tag = Literal["Availability", "Bookings", "Tutors", "History", "Statistics", "Maintenance"]


@dataclass(frozen=True, slots=True)
class Declaration:
    """The properties of an HTTP function.

    * `methods`: the HTTP methods, without HEAD and OPTIONS.
    * `access`: `public`; `user`, for everybody with a token; `tutor`, for the tutor and admins; or `admin`, for admins.
    * `docstring`, `operation_id`, `tag`: the function's description, its id and its group in the OpenAPI document.
      `examples.json`, in the function's folder, has examples for the document.
    * `answer`: the type of the answer, or a union of types. `creates`: the status can also be 201.
    * `query`: the model of the query.
    * `body`: the model of the body, or a union of models; a body fits exactly one of them.
    * `parse`: a function that reads the body. It is needed only if `body` is a union.
    * `errors`: the errors that the function raises, without those that all functions raise, and without those that
      follow from its access and its body.
    * `identity_parameter`: a parameter of a public function. If its value is `true`, the function authenticates callers
      who send a token.
    * `identifies_callers`: whether a public function authenticates all callers who send a token.
    * `request_headers`: a description and a schema for each header. With `If-None-Match`, the function can answer 304.
    * `answer_headers`: a description for each header of the answer that only this function sends.
    * `other_formats`: a description for each media type of the answer besides JSON.
    """

    methods: tuple[str, ...]
    access: Access
    docstring: str
    operation_id: str
    tag: Tag
    answer: Any
    creates: bool = False
    query: type[BaseModel] | None = None
    body: Any = None
    parse: Callable[[Request], Any] | None = None
    errors: tuple[type[SlotledgerError], ...] = ()
    identity_parameter: str | None = None
    identifies_callers: bool = False
    request_headers: Mapping[str, tuple[str, Mapping[str, Any]]] = field(default_factory=dict)
    answer_headers: Mapping[str, str] = field(default_factory=dict)
    other_formats: Mapping[str, str] = field(default_factory=dict)

    def reads_token(self, request: Request) -> bool:
        """Return whether to authenticate the caller.

        For a public function, return True only if the request has an `Authorization` header, and the function
        identifies callers: always, or because the value of its `identity_parameter` is `true`. For other functions,
        always return True.
        """
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
