from django.urls import path

from . import views

urlpatterns = [
    path("congresses/<str:code>/quotes/", views.quotes, name="office-quotes"),
    path("congresses/<str:code>/quotes/<int:pk>/", views.quote, name="office-quote"),
    path("congresses/<str:code>/quotes/<int:pk>/sending/", views.sending, name="office-quote-sending"),
    path("congresses/<str:code>/quotes/<int:pk>/draft/", views.draft, name="office-quote-draft"),
    path("congresses/<str:code>/quotes/<int:pk>/acceptance/", views.acceptance, name="office-quote-acceptance"),
    path("congresses/<str:code>/quotes/<int:pk>/paper/", views.paper, name="office-quote-paper"),
    path("congresses/<str:code>/quotes/<int:pk>/answers/", views.answers, name="office-quote-answers"),
    path("congresses/<str:code>/quotes/<int:pk>/pdf/", views.pdf, name="office-quote-pdf"),
]
