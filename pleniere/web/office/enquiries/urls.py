from django.urls import path

from . import views

urlpatterns = [
    path("", views.index, name="office-enquiries"),
    path("new/", views.new, name="office-enquiry-new"),
    path("<int:pk>/", views.enquiry, name="office-enquiry"),
    path("<int:pk>/closing/", views.closing, name="office-enquiry-closing"),
    path("<int:pk>/congress/", views.congress, name="office-enquiry-congress"),
]
