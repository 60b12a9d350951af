from django.urls import path

from . import views

urlpatterns = [
    path("", views.index, name="office-congresses"),
    path("<str:code>/", views.congress, name="office-congress"),
]
