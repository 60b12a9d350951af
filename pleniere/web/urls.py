"""Addresses that belong to no desk: the first page, links, languages, the style guide."""

from django.urls import path
from django.views.i18n import set_language

from . import arrivals, links, views

urlpatterns = [
    path("", views.front, name="front"),
    path("home/", views.home, name="home"),
    path("start/", arrivals.start, name="start"),
    path("invitation/<str:token>/", arrivals.invitation, name="invitation"),
    path("language/", set_language, name="set_language"),
    path("l/<str:token>/", links.open_link, name="link"),
    path("l/<str:token>/waiting/", links.open_waiting, name="link-waiting"),
    path("l/<str:token>/draws/<int:draw>/", links.open_draw, name="link-draw"),
    path("styleguide/", views.styleguide, name="styleguide"),
    path("health/live", views.live, name="health-live"),
    path("health/ready", views.ready, name="health-ready"),
]
