from django.urls import path

from . import views

urlpatterns = [
    path("", views.index, name="office-people"),
    path("invite/", views.new, name="office-person-new"),
    path("<int:pk>/", views.person, name="office-person"),
    path("<int:pk>/roles/", views.roles, name="office-person-roles"),
    path("<int:pk>/congresses/", views.membership, name="office-person-congress"),
    path("<int:pk>/act/", views.act, name="office-person-act"),
]
