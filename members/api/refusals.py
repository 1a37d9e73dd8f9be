"""What an action refuses, as an answer: the message of the refusal, a status and a code."""

from rest_framework import exceptions


class Refusal(exceptions.APIException):
    """``extra`` are further members of the problem document, such as how much could be spent."""

    def __init__(self, fault: Exception, *, status: int, code: str, **extra: object):
        super().__init__(detail=str(fault), code=code)
        self.status_code, self.extra = status, extra
