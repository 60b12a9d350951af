from django.urls import path

from . import changes, views

urlpatterns = [
    path("<str:code>/lists/", views.index, name="office-lists"),
    path("<str:code>/lists/changes/", changes.changes, name="office-changes"),
    path("<str:code>/lists/new/", views.new, name="office-list-new"),
    path("<str:code>/lists/<int:pk>/", views.one, name="office-list"),
    path("<str:code>/lists/<int:pk>/edit/", views.edit, name="office-list-edit"),
    path("<str:code>/lists/<int:pk>/recipients/", views.recipients, name="office-list-recipients"),
    path("<str:code>/lists/<int:pk>/send/", views.send, name="office-list-send"),
    path("<str:code>/lists/<int:pk>/sent/<int:run>/", views.sent, name="office-list-sent"),
]
