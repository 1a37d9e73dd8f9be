"""The admin's site: unfold's, which does for each page only what our pages show."""

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from unfold.sites import UnfoldAdminSite


class Site(UnfoldAdminSite):
    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict]:
        """Every model with its permissions and addresses, a quarter of a page's time: gathered if somebody looks."""
        return SimpleLazyObject(lambda: AdminSite.get_app_list(self, request, app_label))

    def get_sidebar_list(self, request: HttpRequest) -> list[dict]:
        from config.admin import sidebar  # what it counts registers with this site

        return sidebar.steps(request)
