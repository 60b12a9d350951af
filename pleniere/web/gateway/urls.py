"""Where card providers speak to us, and the sandbox bank's own pages."""

from django.urls import path

from . import views

urlpatterns = [
    path("payment/notice/<str:provider>/", views.notice, name="payment-notice"),
    path("sandbox-bank/<str:ref>/", views.pay, name="sandbox-bank"),
    path("sandbox-bank/<str:ref>/check/", views.check, name="sandbox-bank-check"),
]
