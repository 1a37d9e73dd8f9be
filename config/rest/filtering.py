"""A query parameter that nobody reads is refused: a misspelt filter must not answer with everybody."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request


class StrictFilters(DjangoFilterBackend):
    def filter_queryset(self, request: Request, queryset: QuerySet, view: object) -> QuerySet:
        filterset = self.get_filterset_class(view, queryset)
        known = {*(filterset.base_filters if filterset else ()), *getattr(view.paginator, "parameters", ())}
        refuse_unknown(request, known=known)
        return super().filter_queryset(request, queryset, view)


def refuse_unknown(request: Request, *, known: set[str]) -> None:
    unknown = [name for name in request.query_params if name not in known]
    if unknown:
        remedy = _("Known parameters: %(names)s.") % {"names": ", ".join(sorted(known)) or "-"}
        message = _("This parameter is not known here.")
        raise ValidationError(
            [{"place": name[:64], "message": message, "remedy": remedy} for name in unknown[:20]]
        )
