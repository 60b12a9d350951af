from django.urls import path

from . import board, seminar, views

urlpatterns = [
    path("", board.index, name="office-enquiries"),
    path("list/", board.listed, name="office-enquiries-list"),
    path("new/", views.new, name="office-enquiry-new"),
    path("reasons/", views.reasons, name="office-enquiry-reasons"),
    path("<int:pk>/", views.enquiry, name="office-enquiry"),
    path("<int:pk>/state/", board.state, name="office-enquiry-state"),
    path("<int:pk>/needs/", views.needs, name="office-enquiry-needs"),
    path("<int:pk>/notes/", views.notes, name="office-enquiry-notes"),
    path("<int:pk>/options/", views.options, name="office-enquiry-options"),
    path("<int:pk>/organiser/", views.organiser, name="office-enquiry-organiser"),
    path("<int:pk>/closing/", views.closing, name="office-enquiry-closing"),
    path("<int:pk>/seminar/", seminar.seminar, name="office-enquiry-seminar"),
    path("<int:pk>/congress/", views.congress, name="office-enquiry-congress"),
]
