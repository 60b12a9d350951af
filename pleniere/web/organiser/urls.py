from django.urls import path

from . import lists, pickup, views

urlpatterns = [
    path("", views.home, name="organiser-home"),
    path("quote/<str:token>/", views.by_link, name="organiser-quote"),
    path("quote/<str:token>/pdf/", views.pdf_by_link, name="organiser-quote-pdf"),
    path("congress/<str:code>/", views.dashboard, name="organiser-congress"),
    path("congress/<str:code>/lists/<int:pk>/", lists.one, name="organiser-list"),
    path("congress/<str:code>/pickup/", pickup.pickup, name="organiser-pickup"),
    path("congress/<str:code>/account/", views.account, name="organiser-account"),
    path("congress/<str:code>/account/statement.pdf", views.account_paper, name="organiser-account-pdf"),
    path("congress/<str:code>/quotes/<int:pk>/", views.quote, name="organiser-congress-quote"),
    path("congress/<str:code>/quotes/<int:pk>/pdf/", views.quote_paper, name="organiser-congress-quote-pdf"),
]
