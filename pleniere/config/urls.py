"""Every address of the house. A desk keeps its own; here stands only where each begins."""

from django.urls import include, path

from pleniere.web.arrivals import sign_in

urlpatterns = [
    path("account/login/", sign_in),  # reversed by allauth's own name below
    path("account/", include("allauth.urls")),
    path("office/", include("pleniere.web.office.urls")),
    path("hotel/", include("pleniere.web.extranet.urls")),
    path("organiser/", include("pleniere.web.organiser.urls")),
    path("my/", include("pleniere.web.client.urls")),
    path("", include("pleniere.web.gateway.urls")),
    path("", include("pleniere.web.urls")),
    path("", include("pleniere.web.public.urls")),
]
