from django.urls import path

from . import views

urlpatterns = [  # under /office/congresses/<code>/account/
    path("", views.account, name="office-account"),
    path("numbers/<int:pk>/", views.number, name="office-account-number"),
    path("names/", views.names, name="office-account-names"),
    path("invoices/", views.invoices, name="office-account-invoices"),
]
