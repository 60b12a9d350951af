"""The office's addresses: each noun keeps its own."""

from django.urls import include, path

urlpatterns = [
    path("", include("pleniere.web.office.today.urls")),
    path("me/", include("pleniere.web.office.me.urls")),
    path("search/", include("pleniere.web.office.search.urls")),
    path("congresses/", include("pleniere.web.office.congresses.urls")),
]
