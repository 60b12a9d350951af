from django.urls import path

from . import views

urlpatterns = [  # under /office/congresses/<code>/account/
    path("", views.account, name="office-organiser-account"),
    path("statement/", views.statement, name="office-organiser-account-statement"),
    path("statement.pdf", views.statement_paper, name="office-organiser-account-pdf"),
    path("numbers/<int:pk>/", views.number, name="office-organiser-account-number"),
    path("names/", views.names, name="office-organiser-account-names"),
    path("invoices/", views.invoices, name="office-organiser-account-invoices"),
]
