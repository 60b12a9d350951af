"""The address of the bare page, for Django's own test client."""

from _reference import page
from django.urls import path

urlpatterns = [path("bare/", page)]
