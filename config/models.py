from django.db import models


class Beat(models.Model):
    """When a process that works in the background was last seen working."""

    name = models.CharField(primary_key=True, max_length=50)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
