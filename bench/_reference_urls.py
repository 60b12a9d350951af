"""The address of the bare page, for Django's own test client."""

from django.urls import path

from _reference import page

urlpatterns = [path("bare/", page)]
