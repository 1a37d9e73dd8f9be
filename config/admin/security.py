"""Failed logins in the house's look; the library's own key model is not used and not shown."""

from axes.admin import AccessAttemptAdmin, AccessFailureLogAdmin, AccessLogAdmin
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin
from rest_framework_api_key.models import APIKey
from unfold.admin import ModelAdmin

for model in (APIKey, AccessAttempt, AccessFailureLog, AccessLog):
    admin.site.unregister(model)


@admin.register(AccessAttempt)
class AttemptAdmin(AccessAttemptAdmin, ModelAdmin):
    date_hierarchy = None


@admin.register(AccessFailureLog)
class FailureLogAdmin(AccessFailureLogAdmin, ModelAdmin):
    date_hierarchy = None


@admin.register(AccessLog)
class LogAdmin(AccessLogAdmin, ModelAdmin):
    date_hierarchy = None
