from django.apps import AppConfig
from django.contrib.admin import apps
from django.core import checks
from django.utils.translation import gettext_lazy as _


class ConfigConfig(AppConfig):
    name = "config"
    verbose_name = _("Config")

    def ready(self) -> None:
        from config import privacy, signing  # models must be there first

        privacy.hang_up_all()
        checks.register(privacy.faults)
        checks.register(signing.faults, checks.Tags.security, deploy=True)


class AdminConfig(apps.AdminConfig):
    default = False  # of this package the one above is
    default_site = "config.site.Site"
