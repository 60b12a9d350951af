from django.urls import path

from . import margin, views

urlpatterns = [
    path("", views.journal, name="office-books"),
    path("entries/<int:pk>/", views.entry, name="office-entry"),
    path("balance/", views.balance, name="office-balance"),
    path("chart/", views.chart, name="office-chart"),
    path("chart/<int:pk>/", views.account, name="office-account"),
    path("months/", views.months, name="office-months"),
    path("months/<int:year>/<int:month>/closing/", views.closing, name="office-month-closing"),
    path("margin/", margin.periods, name="office-margin"),
    path("margin/<int:year>/<int:month>/", margin.period, name="office-margin-period"),
    path("fec/<int:year>/", views.fec_file, name="office-fec"),
    path("fec/<int:year>/fields/", views.fec_fields, name="office-fec-fields"),
    path("audit/", views.audit, name="office-audit"),
    path("audit/<int:pk>/", views.audit_report, name="office-audit-report"),
]
