from django.urls import path

from . import views

urlpatterns = [
    path("", views.index, name="office-clients"),
    path("new/", views.new, name="office-client-new"),
    path("<int:pk>/", views.client, name="office-client"),
    path("<int:pk>/edit/", views.edit, name="office-client-edit"),
]
