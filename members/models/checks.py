from django.db import models
from django.db.models import Q
from django.db.models.lookups import Exact


def alike(one: Q, other: Q) -> Q:
    """Both hold or neither; their columns are never NULL where they are compared. The server reads every check anew for
    each statement, and this is half as long as saying it with the contrary of both."""
    boolean = models.BooleanField()
    return Q(Exact(*(models.ExpressionWrapper(each, output_field=boolean) for each in (one, other))))
