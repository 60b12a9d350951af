from django.urls import path

from . import views

urlpatterns = [
    path("", views.today, name="office-today"),
    path("figures/", views.parts, name="office-figures"),
    path("waiting/<slug:name>/", views.waiting, name="office-waiting"),
]
