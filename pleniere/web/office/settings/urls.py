from django.urls import path

from . import bank, taxes, views

urlpatterns = [
    path("", views.identity, name="office-settings"),
    path("mail/", views.mail, name="office-settings-mail"),
    path("mail/test/", views.mail_test, name="office-settings-mail-test"),
    path("bank/", bank.bank, name="office-settings-bank"),
    path("history/", views.history, name="office-settings-history"),
    path("vat/", taxes.vat, name="office-settings-vat"),
    path("vat/<int:pk>/drop/", taxes.drop_vat, name="office-settings-vat-drop"),
    path("tourist-tax/", taxes.tourist, name="office-settings-tax"),
    path("tourist-tax/<int:pk>/", taxes.tourist_tax, name="office-settings-tax-edit"),
]
