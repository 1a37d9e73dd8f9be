from django.contrib import admin

from config.admin import jobs, security, urls

__all__ = ["jobs", "security", "urls"]

admin.site.extra_urls = urls.pages
