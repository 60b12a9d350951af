from django.urls import path

from . import lists, stays, views

urlpatterns = [
    path("", views.home, name="extranet-home"),
    path("list/<str:token>/", lists.read, name="extranet-list"),
    path("list/<str:token>/<slug:format>/", lists.file, name="extranet-list-file"),
    path("answer/<str:token>/", views.answer, name="extranet-answer"),
    path("answer/<str:token>/draft/", views.draft, name="extranet-answer-draft"),
    path("answer/<str:token>/taken/", views.taken, name="extranet-answer-taken"),
    path("answer/<str:token>/papers/", views.papers, name="extranet-answer-papers"),
    path("answer/<str:token>/papers/<int:file>/", views.paper, name="extranet-answer-paper"),
    path("answer/<str:token>/colleagues/", views.colleagues, name="extranet-answer-colleagues"),
    path("requests/<int:pk>/papers/", views.request_papers, name="extranet-request-papers"),
    path("requests/<int:pk>/papers/<int:file>/", views.request_paper, name="extranet-request-paper"),
    path("requests/<int:pk>/colleagues/", views.request_colleagues, name="extranet-request-colleagues"),
    path("answer/<str:token>/rooms/", views.rooms, name="extranet-answer-rooms"),
    path("requests/<int:pk>/rooms/", views.request_rooms, name="extranet-request-rooms"),
    path("answer/<str:token>/stays/", stays.stays, name="extranet-answer-stays"),
    path("requests/<int:pk>/stays/", stays.request_stays, name="extranet-request-stays"),
    path("requests/<int:pk>/", views.request_answer, name="extranet-request"),
    path("requests/<int:pk>/draft/", views.request_draft, name="extranet-request-draft"),
    path("requests/<int:pk>/taken/", views.request_taken, name="extranet-request-taken"),
]
